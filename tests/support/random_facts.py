"""Random facts that make rules fire: each set leads up to one rule, through the rules that derive what it asks for.

What is known about a rule is turned round: tests of one fact become its field values, joins become equal values,
derived kinds become the facts of a rule that derives them. Then some facts are lost and some free ones are added, so
that rules nearly fire as often as they do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from service.facts.fact import BASE
from service.rules.expressions import tests
from service.rules.program import Numbered, Program, kinds_of
from tests.support.oracle import COMPARE

Given = tuple[str, dict[str, Any]]
Test = tuple[str, str, Any]
PLACE = ("region", "side", "level")
DEEPEST = 5
KEPT = 0.93
ATTEMPTS = 30


class FactMaker:
    """Makes sets of facts for one program; the same seed makes the same sets.

    With `folder`, only rules of that folder are led up to.
    """

    def __init__(self, program: Program, random: Random, folder: str = "") -> None:
        self._program = program
        self._goals = [rule for rule in program.rules if folder in ("", rule.folder)]
        self._next: list[Numbered] = []
        self._random = random
        self._deriving: dict[str, list[Numbered]] = defaultdict(list)
        named: dict[str, set[Any]] = defaultdict(set)
        for rule in program.rules:
            if not rule.action["outcome"]:
                self._deriving[rule.action["kind"]].append(rule)
            for pattern in rule.definition["all"]:
                for _, field, value in tests(next(iter(pattern.values()))):
                    if not isinstance(value, Mapping):
                        named[field].add(value)
        named["concept"] |= {row for table in program.tables.values() for row in table}
        self._pool = {
            (kind, field): _around(named[field], wanted) for kind in BASE for field, wanted in BASE[kind].items()
        }
        self._place: dict[str, str] = {}

    def facts(self, free: int) -> list[Given]:
        """Facts that lead up to a rule or nearly so, with up to `free` others, in any order."""
        self._place = {field: self._random.choice(self._pool["condition", field]) for field in PLACE}
        # Each rule in turn, in random order.
        self._next = self._next or self._random.sample(self._goals, len(self._goals))
        made = self._leading_to(self._next.pop(), {}, {}, 0)
        made = [fact for fact in made if self._random.random() < KEPT]
        kinds = sorted(BASE)
        made += [self._fact(self._random.choice(kinds), {}, ()) for _ in range(self._random.randint(0, free))]
        self._random.shuffle(made)
        return made

    def _leading_to(
        self, rule: Numbered, wanted: Mapping[str, Mapping[str, Any]], more: Mapping[str, Sequence[Test]], depth: int
    ) -> list[Given]:
        made: list[Given] = []
        known: dict[str, dict[str, Any]] = {}
        for pattern, kind in zip(rule.definition["all"], kinds_of(rule.definition), strict=True):
            alias, expression = next(iter(pattern.items()))
            values, limits = dict(wanted.get(alias, {})), list(more.get(alias, ()))
            for operator, field, value in tests(self._one_of(expression)):
                if isinstance(value, Mapping):
                    ((other, name),) = value.items()
                    if name in known.get(other, {}):
                        told = known[other][name]
                        limits += [] if operator == "$eq" else [(operator, field, told)]
                        values |= {} if operator != "$eq" or field in values else {field: told}
                elif operator == "$eq" and field != "k":
                    values[field] = value
                elif field != "k":
                    limits.append((operator, field, value))
            self._place |= {field: values[field] for field in PLACE if values.get(field)}
            facts, known[alias] = self._having(kind, values, limits, depth)
            made += facts
        return made

    def _one_of(self, expression: Any) -> Any:
        """The expression with one side of each `|`."""
        if isinstance(expression, Mapping) and "$or" in expression:
            return self._one_of(self._random.choice(expression["$or"]))
        if isinstance(expression, Mapping) and "$and" in expression:
            return {"$and": [self._one_of(part) for part in expression["$and"]]}
        return expression

    def _having(
        self, kind: str, values: dict[str, Any], limits: Sequence[Test], depth: int
    ) -> tuple[list[Given], dict[str, Any]]:
        """Facts that give a fact of the kind with these values, and what is known of it."""
        if kind in BASE:
            fact = self._fact(kind, values, limits)
            return [fact], fact[1]
        rules = [rule for rule in self._deriving[kind] if _can(rule, values)] if depth < DEEPEST else []
        if not rules:
            return [], {**self._place, **values}
        rule = self._random.choice(rules)
        wanted: dict[str, dict[str, Any]] = defaultdict(dict)
        more: dict[str, list[Test]] = defaultdict(list)
        for field, source in rule.action["fields"]:
            if source[0] == "ref":
                if field in values:
                    wanted[source[1]][source[2]] = values[field]
                more[source[1]] += [(operator, source[2], value) for operator, name, value in limits if name == field]
            elif source[0] == "table" and field in values:
                self._cell(source, values[field], wanted)
        made = self._leading_to(rule, wanted, more, depth + 1)
        literal = {field: source[1] for field, source in rule.action["fields"] if source[0] == "lit"}
        return made, {**self._place, **literal, **values}

    def _cell(self, source: Sequence[Any], value: Any, wanted: dict[str, dict[str, Any]]) -> None:
        """Keys under which a table has the value."""
        table = self._program.tables[source[1]]
        found = [
            (row, column)
            for row, cells in table.items()
            for column, cell in cells.items()
            if cell.get(source[3], source[4]) == value
        ]
        if not found:
            return
        for key, name in zip(source[2], self._random.choice(found), strict=False):
            if key[0] == "ref":
                wanted[key[1]].setdefault(key[2], name)

    def _fact(self, kind: str, values: Mapping[str, Any], limits: Iterable[Test]) -> Given:
        fields = {}
        for field in BASE[kind]:
            mine = [(operator, value) for operator, name, value in limits if name == field]
            if field in values:
                fields[field] = values[field]
                continue
            choices = [self._random.choice(self._pool[kind, field]) for _ in range(ATTEMPTS)]
            if field in PLACE and self._random.random() < 0.8:
                choices.insert(0, self._place[field])
            fitting = (item for item in choices if all(COMPARE[operator](item, value) for operator, value in mine))
            fields[field] = next(fitting, choices[0])
        return kind, fields


def _can(rule: Numbered, values: Mapping[str, Any]) -> bool:
    return all(
        source[1] == values[field] for field, source in rule.action["fields"] if source[0] == "lit" and field in values
    )


def _around(named: set[Any], wanted: type) -> list[Any]:
    """Values worth trying: what rules compare with, numbers also one step to either side."""
    own: list[Any] = sorted(value for value in named if type(value) is wanted)
    if wanted is str:
        return ["", *own] if own else ["", "something", 'Ω "quoted" \\']
    step = 1 if wanted is int else 0.5
    near = {value + shift for value in own for shift in (-step, 0, step)}
    return sorted({wanted(value) for value in near | {-1, 0, 1}})
