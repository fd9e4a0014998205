"""Working memory of one run: facts by kind and by constant, what follows from a match, and explicit absence.

Runs in the engine process only; knows no FHIR and no content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from service.rules.driver import EngineRefusal, fact_body, written_fields
from service.rules.matches import ABSENT, Matches

MOST_FACTS = 4_000


class Memory:
    """Facts are numbered from 1 in order of arrival; `places` are numbers less one. `matches` is told of each."""

    def __init__(self, actions: Mapping[str, Any], tables: Mapping[str, Any], matches: Matches) -> None:
        self._actions = actions
        self._tables = tables
        self._matches = matches
        self._known: dict[tuple[Any, ...], int] = {}
        self._complete = 0
        self._absences: dict[str, list[int]] = {}
        self._of_kind: dict[str, list[int]] = {}
        self.kinds: list[str] = []
        self.fields: list[dict[str, Any]] = []
        self._written: dict[int, dict[str, str]] = {}
        self._bodies: dict[int, dict[tuple[str, ...], str]] = {}
        self._domains: dict[str, set[Any]] = {}
        self.derived: list[tuple[int, str, dict[str, Any], list[int], str]] = []
        self.also: list[tuple[int, list[int], str]] = []
        self.concluded: list[tuple[str, dict[str, int]]] = []

    def add(self, kind: str, fields: dict[str, Any], parents: Sequence[int] = (), rule: str = "") -> None:
        """Add a fact; a derived one (`rule` given) equal to another gives that one further parents instead."""
        place = len(self.kinds)
        # Given facts stay apart even when equal (they have different sources); derived ones are one fact.
        if rule:
            known = self._known.setdefault((kind, *fields.values()), place + 1)
            if known <= place:
                self.also.append((known, list(parents), rule))
                return
            self.derived.append((place + 1, kind, fields, list(parents), rule))
        if place >= MOST_FACTS:
            raise EngineRefusal(f"more than {MOST_FACTS} facts for one patient")
        self._of_kind.setdefault(kind, []).append(place)
        self.kinds.append(kind)
        self.fields.append(fields)
        self._matches.add(place, kind, fields)

    def fired(self, rule: str, match: Mapping[str, int]) -> None:
        """Carry out the action of a rule that matched; `match` has the fact number of each alias."""
        action = self._actions[rule]
        if action["outcome"]:
            self.concluded.append((rule, dict(match)))
            return
        fields = {name: self._value(source, match) for name, source in action["fields"]}
        self.add(action["kind"], fields, tuple(match.values()), rule)

    def _value(self, source: Sequence[Any], match: Mapping[str, int]) -> Any:
        if source[0] == "lit":
            return source[1]
        if source[0] == "ref":
            return self.fields[match[source[1]] - 1][source[2]]
        if source[0] == "sum":
            return self._value(source[1], match) + self._value(source[2], match)
        cell: Any = self._tables[source[1]]
        for key in source[2]:
            cell = cell.get(str(self._value(key, match)), {})
        return cell.get(source[3], source[4])

    def body(self, place: int, tested: tuple[str, ...]) -> str:
        """A fact as a handle that tests these fields is given it; many handles test the same."""
        of_place = self._bodies.setdefault(place, {})
        found = of_place.get(tested)
        if found is None:
            if place not in self._written:
                self._written[place] = written_fields(self.fields[place])
            found = of_place[tested] = fact_body(self.kinds[place], self._written[place], tested)
        return found

    def begin_stratum(self) -> None:
        """What is known now is complete for the absences of the next stratum."""
        self._complete = len(self.kinds)
        self._absences.clear()
        self._domains.clear()

    def absences(self, kind: str) -> Sequence[int]:
        """The facts that say what is absent; looked into when it is first asked for in a stratum."""
        if kind not in self._absences:
            self._absences[kind] = self._note_absence(kind)
        return self._absences[kind]

    def _note_absence(self, absence: str) -> list[int]:
        """Say explicitly what the strata below did not find: `present` 0, per value of the grouping field if any."""
        kind, by, fixed = _parse(absence)
        matching = [
            self.fields[place]
            for place in self._of_kind.get(kind, ())
            if place < self._complete and all(str(self.fields[place].get(key)) == value for key, value in fixed)
        ]
        first = len(self.kinds)
        if not by and not matching:
            self.add(absence, {"present": 0})
        elif by:
            if by not in self._domains:
                self._domains[by] = {fields[by] for fields in self.fields[: self._complete] if fields.get(by)}
            for value in sorted(self._domains[by] - {fields[by] for fields in matching}):
                self.add(absence, {"present": 0, by: value})
        return list(range(first, len(self.kinds)))


@lru_cache
def _parse(absence: str) -> tuple[str, str, list[tuple[str, str]]]:
    # Same form as service.rules.authoring, which this process does not import (it would load the DSL).
    kind, by, *fixed = absence.removeprefix(ABSENT).split("|")
    pairs = (item.split("=", 1) for item in fixed)
    return kind, by.removeprefix("by="), [(name, value) for name, value in pairs]
