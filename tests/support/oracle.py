"""A second, slow reading of the same programs in plain Python: what the engine should have said.

Shares nothing with service.rules.inference but the program. Facts are compared by what they say, since the two number
derived facts in different orders; `canonical` gives that view.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.rules.authoring import ABSENT, parse_absence
from service.rules.program import Numbered, Program, kinds_of

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$neq": operator.ne,
    "$lt": operator.lt,
    "$lte": operator.le,
    "$gt": operator.gt,
    "$gte": operator.ge,
}
Said = tuple[str, tuple[tuple[str, Any], ...]]
Facts = Sequence[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Known:
    """A fact of the oracle's working memory; `given` is its number in the question, 0 for a concluded one."""

    number: int
    kind: str
    fields: Mapping[str, Any]

    def field(self, name: str) -> Any:
        """A field as the engine sees it, its own ones included."""
        return {"k": self.kind, "t": 1}.get(name) if name in ("k", "t") else self.fields[name]


@dataclass(frozen=True)
class Prepared:
    """A rule with its patterns and their kinds taken apart once."""

    rule: Numbered
    patterns: tuple[tuple[str, Any], ...]
    kinds: tuple[str, ...]


class Oracle:
    """Answers like `EngineProcess.run`, by trying every combination."""

    def __init__(self) -> None:
        self._strata: dict[str, list[list[Prepared]]] = {}

    def run(self, program: Program, facts: Facts) -> dict[str, Any]:
        """Derived facts, conclusions and further parents, in an order of the oracle's own."""
        if program.signature not in self._strata:
            strata = [[_prepared(rule) for rule in program.of(number)] for number in range(program.strata)]
            self._strata[program.signature] = strata
        run = _Run(program, facts)
        for rules in self._strata[program.signature]:
            run.stratum(rules)
        return {"derived": run.derived, "concluded": run.concluded, "also": run.also}


class _Run:
    def __init__(self, program: Program, facts: Facts) -> None:
        self._program = program
        self._memory: list[Known] = []
        self._by_kind: dict[str, list[Known]] = {}
        self._numbers: dict[Said, int] = {}
        self._fired: set[tuple[str, tuple[int, ...]]] = set()
        self.derived: list[tuple[int, str, Mapping[str, Any], list[int], str]] = []
        self.concluded: list[tuple[str, dict[str, int]]] = []
        self.also: list[tuple[int, list[int], str]] = []
        for kind, fields in facts:
            self._add(kind, fields)

    def stratum(self, rules: Sequence[Prepared]) -> None:
        """Absences first, then rules until none finds anything new."""
        for kind in sorted({kind for rule in rules for kind in rule.kinds if kind.startswith(ABSENT)}):
            self._deny(kind)
        while sum(self._try(rule) for rule in rules):
            pass

    def _add(self, kind: str, fields: Mapping[str, Any]) -> int:
        known = Known(len(self._memory) + 1, kind, fields)
        self._memory.append(known)
        self._by_kind.setdefault(kind, []).append(known)
        return known.number

    def _deny(self, absence: str) -> None:
        kind, by, fixed = parse_absence(absence)
        alike = [
            known.fields
            for known in self._by_kind.get(kind, ())
            if all(str(known.fields[name]) == value for name, value in fixed.items())
        ]
        places = {str(known.fields[by]) for known in self._memory if known.fields.get(by)} if by else {""}
        for place in sorted(place for place in places if not any(not by or fields[by] == place for fields in alike)):
            said = {"present": 0, **({by: place} if by else {})}
            if not any(known.fields == said for known in self._by_kind.get(absence, ())):
                self._add(absence, said)

    def _try(self, item: Prepared) -> int:
        if not all(kind in self._by_kind for kind in item.kinds):
            return 0
        found = list(self._matches(item.patterns, item.kinds, {}))
        new = [match for match in found if (item.rule.name, _numbers(match)) not in self._fired]
        for match in new:
            self._fired.add((item.rule.name, _numbers(match)))
            self._fire(item.rule, match)
        return len(new)

    def _matches(
        self, patterns: Sequence[tuple[str, Any]], kinds: Sequence[str], bound: dict[str, Known]
    ) -> Iterator[dict[str, Known]]:
        if not patterns:
            yield dict(bound)
            return
        (alias, expression), *rest = patterns
        used = {known.number for known in bound.values()}
        for known in self._by_kind[kinds[0]]:
            if known.number not in used and _holds(expression, known, bound):
                yield from self._matches(rest, kinds[1:], {**bound, alias: known})

    def _fire(self, rule: Numbered, match: Mapping[str, Known]) -> None:
        numbers = {alias: known.number for alias, known in match.items()}
        if rule.action["outcome"]:
            self.concluded.append((rule.name, numbers))
            return
        fields = {name: self._value(source, match) for name, source in rule.action["fields"]}
        said = saying(rule.action["kind"], fields)
        if said in self._numbers:
            self.also.append((self._numbers[said], list(numbers.values()), rule.name))
            return
        self._numbers[said] = self._add(rule.action["kind"], fields)
        self.derived.append((self._numbers[said], rule.action["kind"], fields, list(numbers.values()), rule.name))

    def _value(self, source: Sequence[Any], match: Mapping[str, Known]) -> Any:
        if source[0] == "lit":
            return source[1]
        if source[0] == "ref":
            return match[source[1]].fields[source[2]]
        if source[0] == "sum":
            return self._value(source[1], match) + self._value(source[2], match)
        _, table, keys, part, default = source
        cell: Any = self._program.tables[table]
        for key in keys:
            cell = cell.get(self._value(key, match), {})
        return cell.get(part, default)


def _holds(expression: Mapping[str, Any], known: Known, bound: Mapping[str, Known]) -> bool:
    ((name, operand),) = expression.items()
    if name == "$and":
        return all(_holds(term, known, bound) for term in operand)
    if name == "$or":
        return any(_holds(term, known, bound) for term in operand)
    comparison, (field, right) = (name, next(iter(operand.items()))) if name in COMPARE else ("$eq", (name, operand))
    if isinstance(right, Mapping):
        ((alias, other),) = right.items()
        right = bound[alias].field(other)
    return COMPARE[comparison](known.field(field), right)


def _prepared(rule: Numbered) -> Prepared:
    patterns = tuple(next(iter(pattern.items())) for pattern in rule.definition["all"])
    return Prepared(rule, patterns, tuple(kinds_of(rule.definition)))


def _numbers(match: Mapping[str, Known]) -> tuple[int, ...]:
    return tuple(known.number for known in match.values())


def saying(kind: str, fields: Mapping[str, Any]) -> Said:
    """What a fact says, whatever its number."""
    return kind, tuple(sorted(fields.items()))


def canonical(facts: Facts, result: Mapping[str, Any]) -> tuple[set[Any], set[Any]]:
    """Derivations and conclusions of a result, with facts named by what they say instead of by their number.

    Given facts keep their number; those that stand for an absence are left out, their kind is in the rule.
    """
    names: dict[int, Any] = dict(enumerate(range(1, len(facts) + 1), start=1))
    names |= {number: saying(kind, fields) for number, kind, fields, _, _ in result["derived"]}
    edges = [(number, parents) for number, _, _, parents, _ in result["derived"]]
    edges += [(number, parents) for number, parents, _ in result["also"]]
    derived = {
        (names[number], frozenset(repr(names[parent]) for parent in parents if parent in names))
        for number, parents in edges
    }
    concluded = {
        (rule, frozenset((alias, repr(names.get(number))) for alias, number in match.items()))
        for rule, match in result["concluded"]
    }
    return derived, concluded


def firings(result: Mapping[str, Any]) -> int:
    """How many times rules fired."""
    return len(result["derived"]) + len(result["also"]) + len(result["concluded"])
