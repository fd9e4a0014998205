"""The newest blood pressure and hypertension → what has to be settled or measured first."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    severe, raised, window = p("systolic_severe"), p("systolic_raised"), p("reading_age_days")
    target = c.target << (m.k == "target") & (m.risk != "none")
    steroid = c.target << (m.k == "target") & (m.steroid == "yes")
    high = m.value >= severe
    yield when_all(target, c.reading << _newest("systolic") & (m.age_days <= window) & high).conclude("severe-systolic")
    diastolic = c.reading << _newest("diastolic") & (m.age_days <= window) & (m.value >= p("diastolic_severe"))
    # One pressure, one finding: the diastolic speaks where the systolic does not.
    bearable = c.other << _newest("systolic") & (m.age_days <= window) & (m.value < severe)
    for other in (bearable, *_unread(window)):
        yield when_all(target, diastolic, other).conclude("severe-diastolic")
    worth_a_word = _newest("systolic") & (m.age_days <= window) & (m.value >= raised) & (m.value < severe)
    low = c.other << _newest("diastolic") & (m.value < p("diastolic_severe"))
    none = c.other << absent("observation", concept="diastolic", rank="0")
    for other in (low, none):
        yield when_all(steroid, c.reading << worth_a_word, other).conclude("raised")
    yield from _without_reading(p, target, window)


def _without_reading(p: Values, target: Any, window: int) -> Iterator[Rule]:
    crisis = c.condition << _condition("hypertensive-crisis") & (m.latest_days <= p("crisis_days"))
    for unread in _unread(window):
        yield when_all(target, crisis, unread).conclude("crisis")


def _newest(concept: str) -> Any:
    return (m.k == "observation") & (m.set == "blood-pressure") & (m.concept == concept) & (m.rank == 0)


def _unread(window: int) -> Iterator[Any]:
    """No systolic pressure at all, or only an old one."""
    yield c.other << absent("observation", concept="systolic", rank="0")
    yield c.other << _newest("systolic") & (m.age_days > window)


def _condition(concept: str) -> Any:
    return (m.k == "condition") & (m.set == "hypertension") & (m.concept == concept) & (m.active == 1)
