"""Observation in running text or yes and no → `statement` facts: the newest examination of each concept.

Which concepts are read so is content: their unit is `{text}`. An examination counts for `examination_days`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from service.facts.dates import Days, first_days
from service.facts.extract.context import Context, status_of, texts, words
from service.facts.extract.statements import add_statements
from service.fhir.record import GapKind, ReadResource

TEXT = "{text}"
UNUSABLE = frozenset({"entered-in-error", "cancelled", "registered"})
WHEN = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
# A longer value is a text of its own, and not the answer to what its code asks.
LONGEST_ANSWER = 120
SAID = {True: "present", False: "absent"}


def examinations(context: Context) -> None:
    """Statements of the newest examinations, each with its day."""
    found: dict[str, list[tuple[Days, ReadResource]]] = defaultdict(list)
    for resource in context.record.of("Observation"):
        for hit in context.hits(resource, context.sets("observation")):
            if context.concept(hit).unit == TEXT and (days := _when(context, resource)):
                found[hit.concept].append((days, resource))
    read: set[str] = set()
    for items in found.values():
        newest = max(days.last for days, _ in items)
        for days, resource in items:
            recent = (context.question.today - newest).days <= context.examination_days
            if days.last == newest and recent and resource.reference not in read:
                read.add(resource.reference)
                add_statements(context, resource, "\n".join(_sentences(resource.model)), "note", days)


def _when(context: Context, resource: ReadResource) -> Days | None:
    if status_of(resource.model) in UNUSABLE:
        return None
    days = first_days(resource.model, context.zone, *WHEN)
    if days is None:
        context.gap(GapKind.UNREAD, resource, "effective", "has no date; not used")
        return None
    return days if context.in_past(resource, days, "effective") else None


def _sentences(model: Any) -> Iterator[str]:
    """What was examined and what was found, a sentence each; a long text stands for itself."""
    for part in (model, *(model.component or ())):
        named = next(iter(texts(part.code)), "")
        value = _value(part)
        if value:
            yield f"{named}: {value}" if named and len(value) <= LONGEST_ANSWER else value


def _value(part: Any) -> str:
    if isinstance(part.valueBoolean, bool):
        return SAID[part.valueBoolean]
    return str(part.valueString or "") or words(part.valueCodeableConcept)
