"""One durable_rules handle, driven without Host, timers, batches or swallowed errors.

Runs in the engine process only. The engine's sharp edges decide the shape of everything here: a warm-up action before
the first delete (else it frees uninitialised memory), one live state per handle, ids 1..n (its own deduplication
hashes ids to 32 bits), facts one at a time, and a handle that is thrown away when a state could not be deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as _text
from typing import Any

import durable_rules_engine as engine

FIRING_BUDGET = 20_000
WARM_UP = "$warm"
NO_SUCH_STATE = " 309"
ASSERTED_ELSEWHERE = 2

# A rule that fired, and the number of the fact that each of its aliases matched.
Firing = tuple[str, dict[str, int]]


def written_fields(fields: Mapping[str, Any]) -> dict[str, str]:
    """Each field as the engine reads it; floats in full, since it cannot read an exponent."""
    return {
        name: f'"{name}":{_text(value)}'
        if type(value) is str
        else f'"{name}":{value:.9f}'
        if type(value) is float
        else f'"{name}":{value}'
        for name, value in fields.items()
    }


def fact_body(kind: str, written: Mapping[str, str], tested: Sequence[str]) -> str:
    """A fact as it is asserted, of its fields (see `written_fields`) only those that some rule of the handle tests.

    The engine's cost of a fact grows with every property, so nothing else goes in.
    """
    return ",".join([f'"k":{_text(kind)}', *[written[name] for name in tested]])


class EngineRefusal(RuntimeError):
    """The engine refused, overran its budget, or left a state behind; the process is replaced."""


class Handle:
    """Compiled rules of one group; `run` fires them on the facts asserted since `clear`."""

    def __init__(self, name: str, rules: Mapping[str, Any]) -> None:
        definitions = {**rules, WARM_UP: {"all": [{"m": {WARM_UP: 1}}]}}
        self._handle = engine.create_ruleset(name, json.dumps(definitions, ensure_ascii=False))
        self._live = False
        self._warm_up()

    def _warm_up(self) -> None:
        _, slot = engine.assert_fact(self._handle, f'{{"sid":"w","id":"w","{WARM_UP}":1}}')
        if slot != 1 or not engine.start_action_for_state(self._handle, 1):
            raise EngineRefusal("the engine did not fire its warm-up rule")
        engine.complete_and_start_action(self._handle, 1)
        engine.delete_state(self._handle, "w")

    def add(self, number: int, body: str) -> None:
        """Assert a fact as `number`, 1..n in the order of assertion; `body` is made by `fact_body`."""
        self._live = True
        code, slot = engine.assert_fact(self._handle, f'{{"sid":"p","id":"{number}","t":1,{body}}}')
        if code == ASSERTED_ELSEWHERE:
            raise EngineRefusal("two facts have one id")
        if slot != 1:
            raise EngineRefusal("the engine opened a second state")

    def run(self) -> list[Firing]:
        """Every rule that can fire, in the engine's order, with the fact number of each alias."""
        fired: list[Firing] = []
        started = engine.start_action_for_state(self._handle, 1) if self._live else None
        message = started and started[1]
        while message:
            if len(fired) >= FIRING_BUDGET:
                raise EngineRefusal(f"more than {FIRING_BUDGET} rules fired for one patient")
            ((name, match),) = json.loads(message).items()
            fired.append((name, {alias: int(fact["id"]) for alias, fact in match.items()}))
            message = engine.complete_and_start_action(self._handle, 1)
        return fired

    def clear(self) -> None:
        """Forget all facts."""
        if not self._live:
            return
        self._live = False
        try:
            engine.delete_state(self._handle, "p")
        except engine.error as error:
            if not str(error).endswith(NO_SUCH_STATE):
                raise EngineRefusal("the engine could not delete its state") from error
