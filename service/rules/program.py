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
    """Rules grouped into engine handles so that no fact can meet more sibling patterns than the engine holds."""
    handles: list[dict[str, Any]] = []
    loads: list[Counter[str]] = []
    for rule in rules:
        kinds = Counter(kinds_of(rule.definition))
        place = next((place for place, load in enumerate(loads) if _fits(load, kinds)), len(handles))
        if place == len(handles):
            handles.append({"rules": {}, "kinds": {}})
            loads.append(Counter())
        handles[place]["rules"][rule.name] = rule.definition
        loads[place] += kinds
    for handle, load in zip(handles, loads, strict=True):
        rules_here = handle["rules"].values()
        handle["kinds"] = {
            kind: {"fields": _tested(kind, rules_here), "only": _demanded(kind, rules_here)} for kind in sorted(load)
        }
    return {"handles": handles, "absences": sorted({kind for load in loads for kind in load if kind.startswith("no:")})}


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
    return sorted(fields - {"k", "t", "n"})


def _demanded(kind: str, definitions: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """For fields that every pattern on the kind compares with a constant: the constants. Others can match nothing."""
    demands: list[dict[str, Any]] = []
    for definition in definitions:
        for pattern, named in zip(definition["all"], kinds_of(definition), strict=True):
            if named == kind:
                expression = next(iter(pattern.values()))
                terms = expression.get("$and", [expression])
                plain = [next(iter(term.items())) for term in terms if not next(iter(term)).startswith("$")]
                demands.append({name: value for name, value in plain if not isinstance(value, Mapping)})
    shared = set.intersection(*(set(demand) for demand in demands)) - {"k", "t", "n"}
    return {name: sorted({demand[name] for demand in demands}) for name in sorted(shared)}


def _fits(load: Counter[str], kinds: Counter[str]) -> bool:
    return all(load[kind] + count <= SIBLINGS for kind, count in kinds.items())
