"""The words that rule folders are written in: durable-rules' own DSL, and what a match leads to.

A folder's `rules.py` has one function `rules(p)` that yields `when_all(...).derive(...)` or `.conclude(...)`:

    yield when_all(
        c.target << (m.k == "target") & (m.risk == "high"),
        c.drug << (m.k == "antithrombotic") & (m.high == "hold"),
    ).conclude("hold-before-procedure")

`p("name")` is the number in force. Every pattern names a kind (`m.k == ...`). Absence is a pattern too:
`absent("imaging", by="region")` matches when no fact of that kind exists for a region; it may only name
kinds that a lower stratum has finished deriving (the linter holds that).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from durable import lang
from durable.lang import c, m

from service.rules.expressions import refers

__all__ = ["Action", "Lookup", "Rule", "absent", "c", "lookup", "m", "one_of", "suggest", "total", "when_all"]

Literal = str | int | float
ABSENT = "no:"
# Of a proposal that a rule makes itself; orders bring their origin and day.
OWN = {"origin": "suggestion", "date": "", "in_days": -1, "without": ""}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A cell of a parameter table, addressed by fields of matched facts; `part` names what of the cell is wanted."""

    table: str
    keys: tuple[Any, ...]
    part: str


@dataclass(frozen=True, slots=True)
class Total:
    """Two whole numbers of matched facts added up."""

    one: Any
    other: Any


@dataclass(frozen=True, slots=True)
class Action:
    """What a match leads to: a derived fact (`kind`, `fields`) or a conclusion (`outcome`).

    Field values are `("ref", alias, field)`, `("lit", value)`, `("table", name, keys, part)` or `("sum", one, other)`.
    """

    kind: str = ""
    fields: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the engine's own definition of its patterns, and its action."""

    definition: dict[str, Any]
    action: Action


class _Matched:
    def __init__(self, definition: dict[str, Any]) -> None:
        self._definition = definition

    def derive(self, kind: str, **fields: Any) -> Rule:
        """Add a fact of `kind` to the working memory; fields are literals, `c.alias.field` or `lookup(...)`."""
        return Rule(self._definition, Action(kind=kind, fields=tuple((k, _source(v)) for k, v in fields.items())))

    def conclude(self, outcome: str) -> Rule:
        """Report the outcome of that name in the folder's rule.yaml, with the matched facts as its reasons."""
        return Rule(self._definition, Action(outcome=outcome))

    def propose(self, *, procedure: Any, title: Any, region: Any, side: Any = "", level: Any = "") -> Rule:
        """Derive a `proposal` of our own, without a day yet: what else is judged about a procedure is judged of it."""
        place = {"region": region, "side": side, "level": level}
        return self.derive("proposal", procedure=procedure, title=title, **place, **OWN)


def when_all(*patterns: Any) -> _Matched:
    """All patterns hold, each on a different fact; later patterns may refer to earlier ones through `c.alias.field`."""
    definition: dict[str, Any] = lang.when_all(*patterns).define()
    return _Matched(close_joins(definition))


def suggest(
    outcome: str, *patterns: Any, procedure: Any, title: Any, region: Any, side: Any = "", level: Any = ""
) -> Iterator[Rule]:
    """Report `outcome` and propose what it suggests, from the same patterns."""
    found = when_all(*patterns)
    yield found.conclude(outcome)
    yield found.propose(procedure=procedure, title=title, region=region, side=side, level=level)


def absent(kind: str, *, by: str = "", **fixed: str) -> Any:
    """Nothing of `kind` with these field values is known (for the value of field `by`, when given)."""
    return m.k == absence_kind(kind, by, fixed)


def one_of(field: str, values: Iterable[Literal]) -> Any:
    """A test of a pattern: the field has one of these values, of which there is at least one."""
    return reduce(or_, [getattr(m, field) == value for value in values])


def lookup(table: str, *keys: Any, part: str = "value") -> Lookup:
    """The cell of parameter table `table` at `keys` (literals or `c.alias.field`)."""
    return Lookup(table, tuple(_source(key) for key in keys), part)


def total(one: Any, other: Any) -> Total:
    """The sum of two fields of whole numbers (`c.alias.field`); the rule sees to it that both are known."""
    return Total(_source(one), _source(other))


def absence_kind(kind: str, by: str, fixed: Mapping[str, str]) -> str:
    """The kind of the explicit fact that says "none of these"."""
    return "|".join([ABSENT + kind, f"by={by}", *(f"{name}={value}" for name, value in sorted(fixed.items()))])


def parse_absence(kind: str) -> tuple[str, str, dict[str, str]]:
    """Kind, grouping field and fixed field values of an absence kind; the inverse of `absence_kind`."""
    name, by, *fixed = kind.removeprefix(ABSENT).split("|")
    return name, by.removeprefix("by="), dict(item.split("=", 1) for item in fixed)


def close_joins(definition: dict[str, Any]) -> dict[str, Any]:
    """End every join with the guard term `m.t == c.<first>.t`.

    The engine reads past the end of a join whose last term is false; `t` is 1 on every fact, so this one never is.
    """
    patterns = definition["all"]
    first = next(iter(patterns[0])) if patterns else ""
    for pattern in patterns[1:]:
        alias, expression = next(iter(pattern.items()))
        if isinstance(expression, dict) and refers(expression):
            terms = expression.get("$and", [expression])
            pattern[alias] = {"$and": [*terms, {"t": {first: "t"}}]}
    return definition


def _source(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Lookup):
        return ("table", value.table, list(value.keys), value.part)
    if isinstance(value, Total):
        return ("sum", value.one, value.other)
    if isinstance(value, lang.avalue):
        defined = value.define()
        alias, field = next(iter(defined.items()))
        return ("ref", alias, field)
    return ("lit", value)
