"""A compiled rule base: what the engine process is given, as plain JSON values.

A program belongs to one set of numbers in force (policy and day); the same numbers give the same program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Schema = Mapping[str, type]

# The engine holds 64 sibling matches of one fact (error 303) and 255 rules on one node (error 108); stay below both.
SIBLINGS = 56


@dataclass(frozen=True, slots=True)
class Numbered:
    """A rule with its place in the program and the folder it came from."""

    name: str
    folder: str
    stratum: int
    definition: Mapping[str, Any]
    action: Mapping[str, Any]


@dataclass(frozen=True)
class Program:
    """The rules of all strata, `signature` naming the numbers in force that they were compiled for."""

    signature: str
    rules: tuple[Numbered, ...]
    tables: Mapping[str, Mapping[str, Any]]
    strata: int

    @cached_property
    def _actions(self) -> dict[str, Mapping[str, Any]]:
        return {rule.name: rule.action for rule in self.rules}

    def as_json(self) -> dict[str, Any]:
        """What crosses the pipe to the engine process."""
        return {
            "signature": self.signature,
            "strata": [_stratum(self.of(number)) for number in range(self.strata)],
            "actions": self._actions,
            "tables": self.tables,
        }

    def action(self, name: str) -> Mapping[str, Any]:
        """The action of the rule with that name."""
        return self._actions[name]

    def of(self, stratum: int) -> list[Numbered]:
        """The rules of one stratum, in order."""
        return [rule for rule in self.rules if rule.stratum == stratum]


def kinds_of(definition: Mapping[str, Any]) -> list[str]:
    """The fact kinds that a rule's patterns name, one per pattern, in order."""
    found = []
    for pattern in definition["all"]:
        expression = next(iter(pattern.values()))
        terms = expression["$and"] if "$and" in expression else [expression]
        found += [term["k"] for term in terms if isinstance(term.get("k"), str)]
    return found


def _stratum(rules: Sequence[Numbered]) -> dict[str, Any]:
    """Rules grouped into engine handles so that no fact can meet more sibling patterns than the engine holds."""
    handles: list[dict[str, Any]] = []
    load: list[dict[str, int]] = []
    for rule in rules:
        kinds = kinds_of(rule.definition)
        for number, counts in enumerate(load):
            if all(counts.get(kind, 0) + kinds.count(kind) <= SIBLINGS for kind in kinds):
                break
        else:
            number = len(handles)
            handles.append({"rules": {}, "kinds": []})
            load.append({})
        handles[number]["rules"][rule.name] = rule.definition
        for kind in kinds:
            load[number][kind] = load[number].get(kind, 0) + 1
    for handle, counts in zip(handles, load, strict=True):
        handle["kinds"] = sorted(counts)
    return {"handles": handles, "absences": sorted({k for counts in load for k in counts if k.startswith("no:")})}
