"""Four strata over the handles of one program: forward chaining inside a stratum, explicit absence between them.

Runs in the engine process only; knows no FHIR and no content, just facts as (number, kind, fields).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.rules.driver import EngineRefusal, Handle

MOST_FACTS = 4_000


class Inference:
    """A program ready to run; `run` takes facts and gives what was derived and concluded."""

    def __init__(self, program: Mapping[str, Any]) -> None:
        self._actions: Mapping[str, Any] = program["actions"]
        self._tables: Mapping[str, Any] = program["tables"]
        self._strata: list[tuple[list[tuple[Handle, frozenset[str]]], list[str]]] = []
        for number, stratum in enumerate(program["strata"]):
            handles = [
                (Handle(f"{program['signature']}-{number}-{place}", handle["rules"]), frozenset(handle["kinds"]))
                for place, handle in enumerate(stratum["handles"])
            ]
            self._strata.append((handles, stratum["absences"]))

    def run(self, facts: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """Derived facts as [number, kind, fields, parents, rule] and conclusions as [rule, {alias: number}].

        Facts are numbered 1..n in the order given; derived facts and absences go on counting.
        """
        memory = _Memory(self._actions, self._tables)
        try:
            for kind, fields in facts:
                memory.add(kind, fields, (), "")
            for handles, absences in self._strata:
                memory.note_absences(absences)
                _saturate(handles, memory)
        finally:
            for handles, _ in self._strata:
                for handle, _ in handles:
                    handle.clear()
        return {"derived": memory.derived, "concluded": memory.concluded, "also": memory.also}


class _Memory:
    """All facts of one run, each with its body as the engine wants it."""

    def __init__(self, actions: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        self._actions = actions
        self._tables = tables
        self._known: dict[str, int] = {}
        self.kinds: list[str] = []
        self.fields: list[dict[str, Any]] = []
        self.bodies: list[str] = []
        self.derived: list[tuple[int, str, dict[str, Any], list[int], str]] = []
        self.also: list[tuple[int, list[int]]] = []
        self.concluded: list[tuple[str, dict[str, int]]] = []

    def add(self, kind: str, fields: dict[str, Any], parents: tuple[int, ...], rule: str) -> None:
        body = _body(kind, fields)
        # Given facts stay apart even when equal (they have different sources); derived ones are one fact.
        if rule:
            known = self._known.get(body)
            if known is not None:
                self.also.append((known, list(parents)))
                return
            self._known[body] = len(self.kinds) + 1
        if len(self.kinds) >= MOST_FACTS:
            raise EngineRefusal(f"more than {MOST_FACTS} facts for one patient")
        self.kinds.append(kind)
        self.fields.append(fields)
        self.bodies.append(body)
        if rule:
            self.derived.append((len(self.kinds), kind, fields, list(parents), rule))

    def fired(self, rule: str, match: Mapping[str, int]) -> None:
        action = self._actions[rule]
        if action["outcome"]:
            self.concluded.append((rule, dict(match)))
            return
        fields = {name: self._value(source, match) for name, source in action["fields"]}
        self.add(action["kind"], fields, tuple(match.values()), rule)

    def _value(self, source: list[Any], match: Mapping[str, int]) -> Any:
        if source[0] == "lit":
            return source[1]
        if source[0] == "ref":
            return self.fields[match[source[1]] - 1][source[2]]
        cell: Any = self._tables[source[1]]
        for key in source[2]:
            cell = cell.get(str(self._value(key, match)), {})
        return cell.get(source[3], source[4])

    def note_absences(self, absences: list[str]) -> None:
        """Say explicitly what the strata below did not find: `present` 0, per value of the grouping field if any."""
        for absence in absences:
            name, by, fixed = _parse(absence)
            matching = [
                fields
                for kind, fields in zip(self.kinds, self.fields, strict=True)
                if kind == name and all(str(fields.get(key)) == value for key, value in fixed.items())
            ]
            if not by:
                if not matching:
                    self.add(absence, {"present": 0}, (), "")
                continue
            found = {fields[by] for fields in matching}
            domain = {fields[by] for fields in self.fields if fields.get(by)}
            for value in sorted(domain - found):
                self.add(absence, {"present": 0, by: value}, (), "")


def _saturate(handles: list[tuple[Handle, frozenset[str]]], memory: _Memory) -> None:
    """Fire all handles until nothing new is derived; each handle sees only kinds that it asks for."""
    seen = [0] * len(handles)
    progress = True
    while progress:
        progress = False
        for place, (handle, kinds) in enumerate(handles):
            start, seen[place] = seen[place], len(memory.kinds)
            for number in range(start, seen[place]):
                if memory.kinds[number] in kinds:
                    handle.add(number + 1, memory.bodies[number])
                    progress = True
            # What fires may derive facts for this very handle: they are asserted in the next round.
            if progress:
                handle.run(memory.fired)


def _body(kind: str, fields: Mapping[str, Any]) -> str:
    """Fields as JSON without the opening brace; floats in full, since the engine cannot read an exponent."""
    parts = [f'"k":{json.dumps(kind)}']
    for name, value in fields.items():
        text = f"{value:.9f}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
        parts.append(f'"{name}":{text}')
    return ",".join(parts) + "}"


def _parse(absence: str) -> tuple[str, str, dict[str, str]]:
    # Same form as service.rules.authoring, which this process does not import (it would load the DSL).
    name, by, *fixed = absence.removeprefix("no:").split("|")
    return name, by.removeprefix("by="), dict(item.split("=", 1) for item in fixed)
