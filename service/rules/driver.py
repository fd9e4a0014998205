"""One durable_rules handle, driven without Host, timers, batches or swallowed errors.

Runs in the engine process only. The engine's sharp edges decide the shape of everything here: a warm-up action before
the first delete (else it frees uninitialised memory), one live state per handle, ids 1..n (its own deduplication
hashes ids to 32 bits), facts one at a time, and a handle that is thrown away when a state could not be deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring as _text
from typing import Any

import durable_rules_engine as engine

FIRING_BUDGET = 20_000
WARM_UP = "$warm"
NO_SUCH_STATE = " 309"
ASSERTED_ELSEWHERE = 2


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


class EngineRefusal(RuntimeError):
    """The engine refused, overran its budget, or left a state behind; the process is replaced."""


class Handle:
    """Compiled rules of one group; `run` fires them on the facts asserted since `clear`."""

    def __init__(self, name: str, rules: Mapping[str, Any], tested: Mapping[str, Sequence[str]]) -> None:
        self._tested = tested
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

    def add(self, number: int, kind: str, written: Mapping[str, str]) -> None:
        """Assert fact `number`; of its fields (see `written_fields`) only those that some rule here tests.

        The engine's cost of a fact grows with every property, so nothing else goes in, and `id` doubles as number.
        """
        self._live = True
        head = f'{{"sid":"p","id":"{number}","t":1,"k":{_text(kind)}'
        body = ",".join([head, *[written[name] for name in self._tested[kind]]]) + "}"
        code, slot = engine.assert_fact(self._handle, body)
        if code == ASSERTED_ELSEWHERE:
            raise EngineRefusal("two facts have one id")
        if slot != 1:
            raise EngineRefusal("the engine opened a second state")

    def run(self, fired: Callable[[str, Mapping[str, int]], None]) -> None:
        """Fire every rule that can fire; `fired` gets the rule's name and the fact number of each alias."""
        if not self._live:
            return
        started = engine.start_action_for_state(self._handle, 1)
        message = started and started[1]
        budget = FIRING_BUDGET
        while message:
            budget -= 1
            if budget < 0:
                raise EngineRefusal(f"more than {FIRING_BUDGET} rules fired for one patient")
            ((name, match),) = json.loads(message).items()
            fired(name, {alias: int(fact["id"]) for alias, fact in match.items()})
            message = engine.complete_and_start_action(self._handle, 1)

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
