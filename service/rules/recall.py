"""Handles that remember: what a handle fires depends on the facts it is given and on nothing else.

So the engine is asked once for each series of facts, and the answer is kept for the next patient, or the next call for
the same one, who brings the same. Only what the rules test is compared and kept: no id, no name, no text that no rule
compares. Facts are numbered from 1 in each handle, never by patient, so that the engine's answer cannot depend on more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.rules.driver import Firing, Handle

# Steps remembered by all handles of a process together, about a kilobyte each; past it everything is forgotten.
MOST_STEPS = 20_000

Batch = tuple[str, ...]


class Step:
    """What fired when a batch of facts came, and the steps known to follow."""

    __slots__ = ("fired", "next")

    def __init__(self, fired: list[Firing]) -> None:
        self.fired = fired
        self.next: dict[Batch, Step] = {}


class Recall:
    """One handle and what it fired before; built when a patient first needs its engine."""

    def __init__(self, known: Handles, name: str, rules: Mapping[str, Any]) -> None:
        self._known, self._name, self._rules = known, name, rules
        self._handle: Handle | None = None
        self._given: list[Batch] = []
        self._held = 0
        self._count = 0
        self._root = self._at = Step([])

    def run(self, batch: Batch) -> list[Firing]:
        """What fires when these facts (see `fact_body`) come to those given since `clear`."""
        self._given.append(batch)
        step = self._at.next.get(batch)
        if step is None:
            step = self._at.next[batch] = Step(self._asked())
            self._known.remembered()
        self._at = step
        return step.fired

    def _asked(self) -> list[Firing]:
        """The engine's own answer to the last batch, after it caught up with those that were remembered."""
        if self._handle is None:
            self._handle = Handle(self._name, self._rules)
        fired: list[Firing] = []
        for batch in self._given[self._held :]:
            for number, body in enumerate(batch, start=self._count + 1):
                self._handle.add(number, body)
            self._count += len(batch)
            fired = self._handle.run()
        self._held = len(self._given)
        return fired

    def clear(self) -> None:
        """Forget the facts given; what they led to stays known."""
        if self._held and self._handle is not None:
            self._handle.clear()
        self._given.clear()
        self._held = self._count = 0
        self._at = self._root

    def forget(self) -> None:
        """Forget what was fired before; a run under way goes on."""
        self._root = Step([])
        if not self._given:
            self._at = self._root


class Handles:
    """All handles of a process, shared between programs whose rules are the same."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._most = most
        self._steps = 0
        self._all: dict[str, Recall] = {}

    def of(self, name: str, rules: Mapping[str, Any]) -> Recall:
        """The handle for these rules; `name` names it to the engine if it is new."""
        key = json.dumps(rules, sort_keys=True)
        if key not in self._all:
            self._all[key] = Recall(self, name, rules)
        return self._all[key]

    def remembered(self) -> None:
        """Note one more step, and make room where there are too many."""
        self._steps += 1
        if self._steps > self._most:
            self._steps = 0
            for recall in self._all.values():
                recall.forget()
