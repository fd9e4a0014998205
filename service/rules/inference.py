"""Four strata over the handles of one program: forward chaining inside a stratum, explicit absence between them.

Runs in the engine process only; knows no FHIR and no content, just facts as (number, kind, fields).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from service.rules.driver import EngineRefusal, Handle

MOST_FACTS = 4_000


class Absence(NamedTuple):
    """An absence that some rule asks for: its own kind, the kind it denies, per which field, with which values."""

    kind: str
    of: str
    by: str
    fixed: tuple[tuple[str, str], ...]


class Inference:
    """A program ready to run; `run` takes facts and gives what was derived and concluded."""

    def __init__(self, program: Mapping[str, Any]) -> None:
        self._actions: Mapping[str, Any] = program["actions"]
        self._tables: Mapping[str, Any] = program["tables"]
        self._strata: list[tuple[list[Handle], list[Absence]]] = []
        for number, stratum in enumerate(program["strata"]):
            handles = [
                Handle(f"{program['signature']}-{number}-{place}", handle["rules"], handle["kinds"])
                for place, handle in enumerate(stratum["handles"])
            ]
            self._strata.append((handles, [_parse(kind) for kind in stratum["absences"]]))

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
                for handle in handles:
                    handle.clear()
        return {"derived": memory.derived, "concluded": memory.concluded, "also": memory.also}


class _Memory:
    """All facts of one run, given and derived."""

    def __init__(self, actions: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
        self._actions = actions
        self._tables = tables
        self._known: dict[tuple[Any, ...], int] = {}
        self.kinds: list[str] = []
        self.fields: list[dict[str, Any]] = []
        self.derived: list[tuple[int, str, dict[str, Any], list[int], str]] = []
        self.also: list[tuple[int, list[int]]] = []
        self.concluded: list[tuple[str, dict[str, int]]] = []

    def add(self, kind: str, fields: dict[str, Any], parents: tuple[int, ...], rule: str) -> None:
        # Given facts stay apart even when equal (they have different sources); derived ones are one fact.
        if rule:
            body = (kind, *fields.values())
            known = self._known.setdefault(body, len(self.kinds) + 1)
            if known <= len(self.kinds):
                self.also.append((known, list(parents)))
                return
        if len(self.kinds) >= MOST_FACTS:
            raise EngineRefusal(f"more than {MOST_FACTS} facts for one patient")
        self.kinds.append(kind)
        self.fields.append(fields)
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

    def _note(self, kind: str, fields: dict[str, Any]) -> None:
        # Once for all strata: a second equal fact would only double every match.
        if self._known.setdefault((kind, *fields.values()), len(self.kinds) + 1) > len(self.kinds):
            self.add(kind, fields, (), "")

    def note_absences(self, absences: list[Absence]) -> None:
        """Say explicitly what the strata below did not find: `present` 0, per value of the grouping field if any."""
        by_kind: dict[str, list[dict[str, Any]]] = {}
        for kind, fields in zip(self.kinds, self.fields, strict=True):
            by_kind.setdefault(kind, []).append(fields)
        domains = {by: {f[by] for f in self.fields if f.get(by)} for by in {item.by for item in absences if item.by}}
        for item in absences:
            matching = [
                fields
                for fields in by_kind.get(item.of, ())
                if all(str(fields.get(key)) == value for key, value in item.fixed)
            ]
            if item.by:
                for value in sorted(domains[item.by] - {fields[item.by] for fields in matching}):
                    self._note(item.kind, {"present": 0, item.by: value})
            elif not matching:
                self._note(item.kind, {"present": 0})


def _saturate(handles: list[Handle], memory: _Memory) -> None:
    """Fire all handles until nothing new is derived; each handle sees only kinds that it asks for."""
    seen = [0] * len(handles)
    progress = True
    while progress:
        progress = False
        for place, handle in enumerate(handles):
            start, seen[place] = seen[place], len(memory.kinds)
            fresh = False
            for number in range(start, seen[place]):
                if handle.takes(memory.kinds[number], memory.fields[number]):
                    handle.add(number + 1, memory.kinds[number], memory.fields[number])
                    fresh = True
            # What fires may derive facts for this very handle: they are asserted in the next round.
            if fresh:
                progress = True
                handle.run(memory.fired)


def _parse(absence: str) -> Absence:
    # Same form as service.rules.authoring, which this process does not import (it would load the DSL).
    name, by, *fixed = absence.removeprefix("no:").split("|")
    pairs = tuple((item.split("=", 1)[0], item.split("=", 1)[1]) for item in fixed)
    return Absence(absence, name, by.removeprefix("by="), pairs)
