"""Contacts of procedures and courses of drugs → `span` facts: for how many weeks something was tried, and what.

Counted are contacts within the look-back, and none from before the trouble began that the need names (`since`), where
it is known of all of it when it began. A drug that is still called active, long after anybody last spoke of it, is
`listed` and counts for no week: whether it is taken is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from service.facts.dates import UNKNOWN, Days, months_back, said, sure_days
from service.facts.extract.context import Context, status_of
from service.facts.extract.medications import BY_TYPE, name_of, not_given, state_of
from service.facts.extract.procedures import done
from service.facts.fact import FactSource
from service.facts.needs import Need

TAKEN = ("effectivePeriod", "effectiveDateTime", "authoredOn", "dateAsserted")
WEEK = 7
# A longer name is a sentence about the drug, not its name.
LONGEST_NAME = 60


class _Course(NamedTuple):
    """Latest start and earliest end; `listed` where nobody knows whether it goes on."""

    days: Days
    title: str
    source: FactSource
    listed: bool = False


def spans(context: Context) -> None:
    """One fact for each need, without contacts where there were none: weeks surely between the first and the last."""
    for need in context.needs:
        if need.extractor == "span":
            _span(context, need)


def _span(context: Context, need: Need) -> None:
    today = context.question.today
    start, bound = _start(context, need)
    found = [*_contacts(context, need), *_drugs(context, need)]
    courses = [item for item in found if not item.listed and item.days.last >= start and min(item.days) <= today]
    listed = [item for item in found if item.listed]
    first = max(min((item.days.first for item in courses), default=today), start)
    last = min(max((item.days.last for item in courses), default=today), today)
    fields = {
        "name": need.span,
        "weeks": max((last - first).days // WEEK, 0),
        "contacts": len(courses),
        "last_days": (today - last).days if courses else UNKNOWN,
        "kinds": ", ".join(sorted({item.title for item in courses})),
        "listed": ", ".join(sorted({item.title for item in listed})),
        "start": start.isoformat(),
        "bound": bound,
    }
    context.add("span", fields, [item.source for item in (*courses, *listed)])


def _start(context: Context, need: Need) -> tuple[date, str]:
    """From which day contacts count, and whether that is the look-back's or the onset's."""
    start = months_back(context.question.today, context.look_back_months)
    troubles = [fact.fields for fact in context.facts if fact.kind == "condition" and fact.fields["active"] == 1]
    most = [fields["onset_most"] for fields in troubles if fields["set"] in need.since]
    if not most or UNKNOWN in most:
        return start, "look-back"
    begun = context.question.today - timedelta(days=max(most))
    return (begun, "onset") if begun > start else (start, "look-back")


def _contacts(context: Context, need: Need) -> Iterator[_Course]:
    for item in done(context, frozenset(need.of)):
        if item.sure is not None:
            yield _Course(item.sure, context.concept(item.hit).title, item.source)


def _drugs(context: Context, need: Need) -> Iterator[_Course]:
    today = context.question.today
    for resource in context.record.of(*BY_TYPE):
        # A drug whose words say that it was stopped or never taken tells of no course.
        hits = [hit for hit in context.hits(resource, frozenset(need.of)) if not hit.attributes.get("said")]
        state, days = state_of(context, resource) if hits and not not_given(resource.model) else ("", None)
        sure = sure_days(resource.model, context.zone, *TAKEN)
        if sure is None or days is None:
            continue
        title = context.concept(hits[0]).title
        source = FactSource(resource.reference, context.label(hits[0], _as_written(resource.model, title), said(days)))
        if state in ("active", "past"):
            yield _Course(sure._replace(last=today) if state == "active" else sure, title, source)
        elif state == "possible" and BY_TYPE[resource.type].get(status_of(resource.model)) == "active":
            # Called active, though its end is past (that course is sure), or though nobody spoke of it for long.
            ended = getattr(getattr(resource.model, "effectivePeriod", None), "end", None) is not None
            yield _Course(sure, title if ended else f"{title} ({said(days)})", source, listed=not ended)


def _as_written(model: Any, title: str) -> str:
    """The drug's own name in the record, where a card would only name its group."""
    name = name_of(model).strip()
    return name if len(name) <= LONGEST_NAME and name.lower() != title.lower() else ""
