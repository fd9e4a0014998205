"""What every extractor works with, and how it reports what it could not use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from service.facts.dates import Days, said
from service.facts.fact import Fact, FactSource
from service.facts.needs import Need
from service.fhir.record import Gap, GapKind, ReadResource, Record
from service.fhir.references import Index
from service.question import Question
from service.terminology.anatomy import Anatomy
from service.terminology.reading import TextReader
from service.terminology.value_sets import CodeIndex, Concept, Hit


@dataclass(frozen=True, slots=True)
class CountWindow:
    """A counting window with its length settled: whole months back from the day."""

    id: str
    months: int


@dataclass(slots=True)
class Context:
    """Record, question and content of one extraction; facts are collected in order.

    `windows` holds the counting windows by need name, `stale_days` after how many days a drug that is still called
    active is only possibly taken, `order_stale_days` after how many an open order without a date is no plan any more,
    `look_back_months` how far back contacts of a span count. `factors` says for each dose need and drug how many
    milligrams of its reference one milligram is worth. `relief_days` holds by procedure the days around it in which a
    score tells of relief, `half_relief` the percentage that counts as lasting,
    `examination_days` for how long an examination in words speaks for today. `done` and `in_hand` are worked out once,
    by the extractors of procedures and of orders.
    """

    record: Record
    question: Question
    index: CodeIndex
    anatomy: Anatomy
    reader: TextReader
    zone: ZoneInfo
    needs: tuple[Need, ...]
    sets_of: Mapping[str, frozenset[str]]
    windows: dict[str, tuple[CountWindow, ...]]
    stale_days: int
    look_back_months: int
    order_stale_days: int
    factors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    relief_days: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    half_relief: float = 0.0
    examination_days: int = 0
    facts: list[Fact] = field(default_factory=list)
    done: list[Any] | None = None
    in_hand: Index | None = None

    def sets(self, extractor: str) -> frozenset[str]:
        """Value sets asked for by needs of one extractor."""
        return self.sets_of.get(extractor, frozenset())

    def hits(self, resource: ReadResource, sets: frozenset[str]) -> list[Hit]:
        """The resource's hits in the given sets."""
        return [hit for hit in resource.hits if hit.set in sets]

    def concept(self, hit: Hit) -> Concept:
        """The concept behind a hit."""
        return self.index.concept(hit.set, hit.concept)

    def title(self, hit: Hit) -> str:
        """What a card calls the thing: a name of the code or phrase itself, else the concept's."""
        return str(hit.attributes.get("title") or self.concept(hit).title)

    def label(self, hit: Hit, *notes: str) -> str:
        """How a card names the thing: its title, then notes; recognised by words is said."""
        words = [note for note in notes if note]
        if hit.via == "text":
            words.append("recognised by its words")
        if hit.attributes.get("spelt"):
            words.append(f"written {hit.attributes['spelt']!r}")
        return ", ".join([self.title(hit), *words])

    def add(self, kind: str, fields: dict[str, Any], sources: Iterable[FactSource]) -> None:
        """Collect one fact."""
        self.facts.append(Fact(kind, fields, tuple(sorted(set(sources)))))

    def gap(self, kind: GapKind, resource: ReadResource, element: str, problem: str, matters: bool = True) -> None:
        """Report something that was not taken as it stands."""
        gap = Gap(kind, resource.reference, element, problem, matters, resource.key)
        if gap not in self.record.gaps:  # several extractors may read one resource
            self.record.gaps.append(gap)

    def in_past(self, resource: ReadResource, days: Days | None, element: str) -> bool:
        """Whether a date is not in the future; a future one is reported (the thing has not happened yet)."""
        if days is None or days.first <= self.question.today:
            return True
        self.gap(GapKind.CONTRADICTION, resource, element, f"dated in the future ({said(days)}); not used")
        return False


def code_of(concept: Any) -> str:
    """The first code of a CodeableConcept model, else its text, in lower case; '' when it has neither."""
    if concept is None:
        return ""
    codes = [str(coding.code) for coding in concept.coding or () if coding.code]
    return (codes[0] if codes else str(concept.text or "")).strip().lower()


def status_of(model: Any) -> str:
    """The status of a model in lower case, as FHIR spells it; '' when it has none."""
    return str(model.status or "").strip().lower()


def texts(concept: Any) -> list[str]:
    """The text and displays of a CodeableConcept model."""
    return [] if concept is None else [t for t in (concept.text, *(c.display for c in concept.coding or ())) if t]


def words(concept: Any) -> str:
    """All words of a CodeableConcept model."""
    return " . ".join(texts(concept))


def codings(concept: Any) -> list[dict[str, Any]]:
    """Codings of a CodeableConcept model (or one Coding) as plain mappings."""
    if concept is None:
        return []
    items = concept.coding if hasattr(concept, "coding") else [concept]
    return [{"system": item.system, "code": item.code, "display": item.display} for item in items or ()]
