"""Diagnoses, contacts and report words → source and length of axial pain, half a year of care, end-plate changes."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

SOURCES = {
    "axial-spine-pain": "unspecified",
    "discogenic-pain": "discogenic",
    "vertebrogenic-pain": "vertebrogenic",
}
# Bodies L3 to S1, and the discs between them.
INSIDE = ("L3", "L4", "L5", "S1", "L3-L4", "L4-L5", "L5-S1", "L3-L5", "L4-S1", "L3-S1")
# The engine cannot subtract: a later contact within the step, an earlier one the whole length before the step's end.
STEPS = (7, 30, 90, 180, 365)
DAYS_PER_WEEK = 7


def rules(p: Values) -> Iterator[Rule]:
    for concept, source in SOURCES.items():
        yield when_all(c.pain << _active(concept)).derive("axial-source", source=source, **_pain())
        yield when_all(c.pain << _active(concept) & (m.onset_known == 1)).derive("axial-onset", region=c.pain.region)
        yield when_all(c.pain << _active(concept) & (m.onset_days >= p("pain_days"))).derive(
            "chronic-axial", region=c.pain.region
        )
    yield from _care(p)
    yield from _endplates(p)


def _active(concept: str) -> Any:
    return (m.k == "condition") & (m.concept == concept) & (m.active == 1)


def _pain() -> dict[str, Any]:
    names = ("region", "side", "level", "onset_days", "onset_known", "confirmed")
    return {name: getattr(c.pain, name) for name in names}


def _care(p: Values) -> Iterator[Rule]:
    weeks = p("care_weeks")
    days = weeks * DAYS_PER_WEEK
    drug = (m.k == "medication") & (m.set == "analgesics") & (m.state == "active")
    contact = (m.k == "procedure") & (m.set == "conservative-care")
    yield when_all(c.care << drug & (m.started_days >= days)).derive("half-year-care", weeks=weeks)
    yield when_all(c.first << contact & (m.age_days >= days), c.last << drug).derive("half-year-care", weeks=weeks)
    for step in STEPS:
        yield when_all(
            c.first << contact & (m.age_days >= days + step),
            c.last << contact & (m.age_days >= 0) & (m.age_days <= step),
        ).derive("half-year-care", weeks=weeks)


def _endplates(p: Values) -> Iterator[Rule]:
    said = _said(p) & (m.negated == 0)
    outside = said & (m.level != "")
    for level in INSIDE:
        yield when_all(c.said << said & (m.level == level)).derive("endplate", **_endplate("inside"))
        outside = outside & (m.level != level)
    yield when_all(c.said << outside).derive("endplate", **_endplate("outside"))
    yield when_all(c.said << said & (m.level == "")).derive("endplate", **_endplate("unsaid"))
    # "No Modic changes" beside a named type speaks of other levels.
    yield when_all(
        c.said << _said(p) & (m.negated == 1), c.none << absent("statement", set="endplate-changes", negated="0")
    ).derive("endplate", type="denied", region=c.said.region, level="", place="unsaid")


def _said(p: Values) -> Any:
    read = (m.where != "note") & (m.where != "order") & (m.age_days <= p("reading_days"))
    return (m.k == "statement") & (m.set == "endplate-changes") & (m.region == "lumbar") & read


def _endplate(place: str) -> dict[str, Any]:
    return {"type": c.said.concept, "region": c.said.region, "level": c.said.level, "place": place}
