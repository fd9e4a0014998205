"""What was concluded, because of what, with which values, and what was missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.facts.fact import Fact, FactSource
from service.rules.model import Criterion, Missing, Source, Suggested


@dataclass(frozen=True, slots=True)
class Value:
    """A number or date that the conclusion used, with its unit and where it comes from."""

    name: str
    value: int | float | str
    unit: str
    source: Source

    def as_json(self) -> dict[str, Any]:
        """The contract's form."""
        unit = {"unit": self.unit} if self.unit else {}
        return {"name": self.name, "value": self.value, **unit, "source": self.source.as_json()}


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion of a checklist: status, what it rests on, what was needed and found; `rule` judged it."""

    id: str
    status: str
    because: tuple[FactSource, ...] = ()
    needed: str = ""
    found: str = ""
    supplier: str = ""
    values: tuple[Value, ...] = ()
    rule: str = ""

    def as_json(self) -> dict[str, Any]:
        """The contract's form, empty members left out."""
        body = {
            "rule": self.rule,
            "because": [{"reference": item.reference, "fact": item.label} for item in self.because],
            "needed": self.needed,
            "found": self.found,
            "supplier": self.supplier,
            "values": [value.as_json() for value in self.values],
        }
        return {"id": self.id, "status": self.status, **{name: value for name, value in body.items() if value}}


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion; texts are rendered. `combined` is how many others it sums up (0 for a plain one), `part` that
    another does so for it."""

    rule: str
    outcome: str
    kind: str
    indicator: str
    summary: str
    detail: str
    topic: str = ""
    procedure: str = ""
    region: str = ""
    laterality: str = ""
    because: tuple[FactSource, ...] = ()
    values: tuple[Value, ...] = ()
    missing: tuple[Missing, ...] = ()
    criterion: Criterion | None = None
    suggest: Suggested | None = None
    sources: tuple[Source, ...] = ()
    policy: str = ""
    criteria: tuple[CriterionResult, ...] = ()
    facts: tuple[int, ...] = ()
    combined: int = 0
    part: bool = False
    leads: bool = False
    comes_first: bool = False


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The working memory after all strata, with the findings; `chain` can trace any of them."""

    facts: Mapping[int, Fact]
    findings: tuple[Finding, ...]

    def sources(self, number: int, without: frozenset[str] = frozenset()) -> tuple[FactSource, ...]:
        """Resources behind a fact, through all its parents but those of the kinds `without`."""
        fact = self.facts[number]
        found = list(fact.sources)
        for parent in fact.parents:
            if self.facts[parent].kind not in without:
                found += self.sources(parent, without)
        return tuple(dict.fromkeys(found))

    def received(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """The facts of the record behind these, by number: the same in every reasoning over one record."""
        found, waiting = set[int](), [*numbers]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.facts[number].parents
        return tuple(sorted(number for number in found if not self.facts[number].rule))

    def chain(self, number: int, depth: int = 0) -> list[tuple[int, Fact]]:
        """The fact and its ancestors with their depth, nearest first."""
        fact = self.facts[number]
        lines = [(depth, fact)]
        for parent in fact.parents:
            lines += self.chain(parent, depth + 1)
        return lines
