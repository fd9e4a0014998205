"""A compiled rule base: what the engine process is given, as plain JSON values.

A program belongs to one set of numbers in force (policy and day); the same numbers give the same program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from service.rules.expressions import tests

Schema = Mapping[str, type]
Want = tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]

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
        terms = expression.get("$and", [expression])
        found += [term["k"] for term in terms if isinstance(term.get("k"), str)]
    return found


def _stratum(rules: Sequence[Numbered]) -> dict[str, Any]:
    """One engine handle for rules that want the same facts, so that rules which cannot fire cost nothing.

    The engine's cost grows with every rule of a handle that a fact touches, whether or not it can ever fire.
    A handle is split where one fact could meet more sibling patterns than the engine holds.
    """
    handles: list[dict[str, Any]] = []
    loads: list[Counter[str]] = []
    open_handle: dict[Want, int] = {}
    for rule in rules:
        want = _wanted(rule.definition)
        kinds = Counter(kinds_of(rule.definition))
        place = open_handle.get(want, len(handles))
        if place == len(handles) or not _fits(loads[place], kinds):
            place = open_handle[want] = len(handles)
            handles.append({"rules": {}, "want": want})
            loads.append(Counter())
        handles[place]["rules"][rule.name] = rule.definition
        loads[place] += kinds
    for handle, load in zip(handles, loads, strict=True):
        handle["tested"] = {kind: _tested(kind, handle["rules"].values()) for kind in sorted(load)}
    return {"handles": handles}


def _wanted(definition: Mapping[str, Any]) -> Want:
    """For each pattern its kind and the constants it compares for equality, the scarcest first."""
    found = []
    for pattern, kind in zip(definition["all"], kinds_of(definition), strict=True):
        expression = next(iter(pattern.values()))
        terms = [next(iter(term.items())) for term in expression.get("$and", [expression])]
        constants = [(name, value) for name, value in terms if not name.startswith("$") and name not in ("k", "t", "n")]
        found.append((kind, tuple(sorted((n, v) for n, v in constants if not isinstance(v, Mapping)))))
    # Absences are nearly always there, so they are looked at last.
    return tuple(sorted(set(found), key=lambda item: (item[0].startswith("no:"), -len(item[1]), item)))


def _tested(kind: str, definitions: Iterable[Mapping[str, Any]]) -> list[str]:
    """Fields of a kind that any pattern tests or that a join refers to: only these need to reach the engine."""
    fields: set[str] = set()
    for definition in definitions:
        kinds = dict(zip((next(iter(pattern)) for pattern in definition["all"]), kinds_of(definition), strict=True))
        for pattern in definition["all"]:
            alias, expression = next(iter(pattern.items()))
            for _, field, operand in tests(expression):
                if kinds[alias] == kind:
                    fields.add(field)
                if isinstance(operand, Mapping):
                    other, name = next(iter(operand.items()))
                    fields |= {name} if kinds[other] == kind else set()
    return sorted(fields - {"k", "t"})


def _fits(load: Counter[str], kinds: Counter[str]) -> bool:
    return all(load[kind] + count <= SIBLINGS for kind, count in kinds.items())
