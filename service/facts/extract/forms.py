"""QuestionnaireResponse → its answers, each as if it were a result: a form may hold scores that nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from service.facts.dates import Days, first_days
from service.facts.extract.context import Context, status_of
from service.facts.raw import question_of
from service.fhir.record import GapKind, ReadResource
from service.terminology.value_sets import Hit

USED = frozenset({"completed", "amended"})


class Answered(NamedTuple):
    """One answer: `carrier` has the value elements of an Observation, `code` the question's code or words."""

    resource: ReadResource
    hit: Hit
    code: str
    carrier: Any
    days: Days


def answered(context: Context, wanted: frozenset[str]) -> Iterator[Answered]:
    """Answers of finished forms to questions that the sets know, in the order of the form."""
    for resource in context.record.of("QuestionnaireResponse"):
        if not context.hits(resource, wanted) or status_of(resource.model) not in USED:
            continue
        days = first_days(resource.model, context.zone, "authored")
        if days is None:
            context.gap(GapKind.UNREAD, resource, "authored", "has no date; not used")
        elif context.in_past(resource, days, "authored"):
            for item in _items(resource.raw.get("item")):
                yield from _answers(context, resource, item, wanted, days)


def _answers(
    context: Context, resource: ReadResource, item: dict[str, Any], wanted: frozenset[str], days: Days
) -> Iterator[Answered]:
    coding, text = question_of(item)
    hits = context.index.by_coding("observation", [coding]) or context.index.by_text("observation", text)
    for hit in dict.fromkeys((hit.set, hit.concept, hit.via) for hit in hits if hit.set in wanted):
        for answer in item.get("answer") or ():
            if isinstance(answer, dict):
                yield Answered(
                    resource, Hit(hit[0], hit[1], {}, hit[2]), str(coding["code"] or text), _carrier(answer), days
                )


def _items(items: Any) -> Iterator[dict[str, Any]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item
            yield from _items(item.get("item"))
            for answer in item.get("answer") or ():
                yield from _items(answer.get("item") if isinstance(answer, dict) else None)


def _carrier(answer: dict[str, Any]) -> Any:
    number = answer.get("valueDecimal", answer.get("valueInteger"))
    quantity = answer.get("valueQuantity")
    if isinstance(number, int | float) and not isinstance(number, bool):
        made: Any = SimpleNamespace(value=number, code=None, unit=None, comparator=None)
    elif isinstance(quantity, dict) and isinstance(quantity.get("value"), int | float):
        made = SimpleNamespace(**{name: quantity.get(name) for name in ("value", "code", "unit", "comparator")})
    else:
        made = None
    coding = answer.get("valueCoding")
    words = coding.get("display") if isinstance(coding, dict) else answer.get("valueString")
    text = words if isinstance(words, str) else None
    return SimpleNamespace(valueQuantity=made, valueInteger=None, valueString=text, valueCodeableConcept=None)
