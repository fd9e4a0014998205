"""One durable_rules handle, driven without Host, timers, batches or swallowed errors.

Runs in the engine process only. The engine's sharp edges decide the shape of everything here: a warm-up action before
the first delete (else it frees uninitialised memory), one live state per handle, ids 1..n (its own deduplication
hashes ids to 32 bits), facts one at a time, and a handle that is thrown away when a state could not be deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring as _text
from typing import Any

import durable_rules_engine as engine

FIRING_BUDGET = 20_000
WARM_UP = "$warm"
NO_SUCH_STATE = " 309"
ASSERTED_ELSEWHERE = 2


def _written(value: Any) -> str:
    """A field value as the engine reads it: floats in full, since it cannot read an exponent."""
    if type(value) is str:
        return _text(value)
    return f"{value:.9f}" if type(value) is float else str(value)


class EngineRefusal(RuntimeError):
    """The engine refused, overran its budget, or left a state behind; the process is replaced."""


class Handle:
    """Compiled rules of one group; `run` fires them on the facts asserted since `clear`."""

    def __init__(self, name: str, rules: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
        self._kinds = kinds
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

    def takes(self, kind: str, fields: Mapping[str, Any]) -> bool:
        """Whether any rule here could match the fact: its kind, and the constants that all patterns on it demand."""
        wanted = self._kinds.get(kind)
        return wanted is not None and all(fields[name] in values for name, values in wanted["only"].items())

    def add(self, number: int, kind: str, fields: Mapping[str, Any]) -> None:
        """Assert fact `number`; only fields that some rule here tests reach the engine."""
        self._live = True
        parts = [f'"{name}":{_written(fields[name])}' for name in self._kinds[kind]["fields"]]
        head = f'{{"sid":"p","id":"{number}","t":1,"n":{number},"k":{_text(kind)}'
        code, slot = engine.assert_fact(self._handle, ",".join([head, *parts]) + "}")
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
            fired(name, {alias: fact["n"] for alias, fact in match.items()})
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
