"""Severe distress or untreated use, and a needle in question → behavioural health early."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

DISTRESS = {
    "severe-depression": "severe depression",
    "post-traumatic-stress": "post-traumatic stress",
    "severe-anxiety": "severe anxiety",
}


def rules(p: Values) -> Iterator[Rule]:
    for concept, title in DISTRESS.items():
        yield when_all(c.condition << _active(concept)).derive("distress", title=title)
    thoughts = c.thoughts << _active("suicidality")
    score = (
        c.score << (m.k == "observation")
        & (m.concept == "phq-9")
        & (m.rank == 0)
        & (m.value >= p("phq_severe"))
        & (m.age_days >= 0)
        & (m.age_days <= p("score_days"))
    )
    calm = c.calm << absent("red-flag")
    booked = c.booked << absent("order", concept="behavioural-health")
    cared = (c.cared << absent("care-in-place", of="mental-health"), booked)
    treated = (c.treated << absent("care-in-place", of="substance-use"), *cared)
    for needle in _needles():
        yield when_all(*needle, c.distress << (m.k == "distress"), calm, *cared).conclude("severe-distress")
        yield when_all(*needle, score, calm, *cared).conclude("severe-score")
        yield when_all(*needle, thoughts, calm).conclude("suicidal-thoughts")
        disorder = c.disorder << _active("substance-use-disorder")
        yield when_all(*needle, disorder, calm, *treated).conclude("untreated-use")


def _active(concept: str) -> Any:
    return (m.k == "condition") & (m.concept == concept) & (m.active == 1)


def _needles() -> Iterator[tuple[Any, ...]]:
    """The needle on the order in hand, or one suggested or planned while the chart is open."""
    needle = (m.k == "target") & (m.risk != "none")
    yield (c.target << needle & (m.origin == "order"),)
    yield c.target << needle & (m.origin != "order"), c.hook << (m.k == "hook") & (m.hook == "patient-view")
