"""Pregnancy known, possible or not asked about, before a procedure under X-rays."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Trigger points are found with the fingers or ultrasound; every other needle of the vocabulary is placed under X-rays.
XRAYS = (m.k == "target") & (m.risk != "none") & (m.family != "trigger-point")
TARGET = c.target << XRAYS
# Where nothing speaks for a pregnancy a test is asked for once a procedure is ordered or planned; X-rays of the
# neck need none.
TESTED = XRAYS & (m.region != "cervical") & (m.origin != "suggestion")
SAID = {"set": "order-details", "where": "order", "negated": "0"}
FERTILE = c.fertile << (m.k == "fertile")
TEST = (m.k == "observation") & (m.concept == "pregnancy-test") & (m.rank == 0)
ENTRY = (m.k == "condition") & (m.set == "pregnancy") & (m.concept == "pregnancy")
NO_TEST = c.no_test << absent("observation", concept="pregnancy-test")
NO_ENTRY = c.no_entry << absent("condition", concept="pregnancy", active="1")


def rules(p: Values) -> Iterator[Rule]:
    barred = (
        c.not_excluded << absent("condition", concept="excluded", set="pregnancy-excluded"),
        c.not_operated << absent("procedure", concept="sterilised", set="sterilising-procedures"),
    )
    person = (m.k == "patient") & (m.sex != "male")
    of_age = c.patient << person & (m.age >= p("age_from")) & (m.age <= p("age_to"))
    for patient in (of_age, c.patient << person & (m.age < 0)):
        yield when_all(patient, *barred).derive("fertile", age=c.patient.age)
    now = c.entry << ENTRY & (m.active == 1) & (m.latest_days <= p("pregnancy_days"))
    left_open = c.entry << ENTRY & (m.active == 1) & (m.latest_days > p("pregnancy_days"))
    old = c.test << TEST & (m.age_days > p("test_days"))
    negative = c.test << TEST & (m.value == 0.0) & (m.age_days <= p("test_days"))
    yield when_all(TARGET, now, NO_TEST).conclude("pregnant")
    yield when_all(TARGET, now, c.test << TEST & (m.value > 0.0) & (m.age_days <= p("test_days"))).conclude("pregnant")
    yield when_all(TARGET, now, old).conclude("pregnant")
    yield when_all(TARGET, now, negative).conclude("entry-against-test")
    yield from _positive(p)
    possible = c.test << TEST & (m.value == 0.5)
    stale_negative = c.test << TEST & (m.value == 0.0) & (m.age_days > p("test_days"))
    stale_positive = c.test << TEST & (m.value == 1.0) & (m.age_days > p("pregnancy_days"))
    for beams in _beams():
        yield when_all(c.target << TESTED, FERTILE, NO_ENTRY, NO_TEST, *beams).conclude("unknown")
    yield when_all(TARGET, FERTILE, NO_ENTRY, possible).conclude("possible")
    yield when_all(TARGET, FERTILE, left_open, NO_TEST).conclude("left-open")
    yield when_all(TARGET, FERTILE, left_open, possible).conclude("left-open")
    for stale in (stale_negative, stale_positive):
        yield when_all(c.target << TESTED, FERTILE, NO_ENTRY, stale).conclude("test-old")
        yield when_all(TARGET, FERTILE, left_open, stale).conclude("left-open")
    yield from _again(p)


def _beams() -> Iterator[tuple[Any, ...]]:
    """No order speaks of ultrasound; or the order of this region does not; or one of it names fluoroscopy as well."""
    yield (c.no_ultrasound << absent("statement", concept="ultrasound", **SAID),)
    spoken = c.spoken << _told("ultrasound")
    unsaid = c.unsaid << absent("statement", by="region", concept="ultrasound", **SAID) & (m.region == c.target.region)
    yield spoken, unsaid
    here = m.region == c.target.region
    yield c.spoken << _told("ultrasound") & here, c.beam << _told("fluoroscopy") & here


def _told(concept: str) -> Any:
    said = (m.k == "statement") & (m.set == "order-details") & (m.where == "order") & (m.negated == 0)
    return said & (m.concept == concept)


def _positive(p: Values) -> Iterator[Rule]:
    """A positive test counts as a pregnancy, unless an entry of that time says that it is over."""
    days = p("pregnancy_days")
    positive = c.test << TEST & (m.value == 1.0) & (m.age_days <= days)
    over = ENTRY & (m.active == 0)
    none_over = c.none_over << absent("condition", concept="pregnancy", active="0")
    yield when_all(TARGET, positive, NO_ENTRY, none_over).conclude("test-positive")
    yield when_all(TARGET, positive, NO_ENTRY, c.over << over & (m.latest_days > days)).conclude("test-positive")
    yield when_all(TARGET, positive, NO_ENTRY, c.over << over & (m.latest_days <= days)).conclude("pregnancy-over")
    left_open = c.entry << ENTRY & (m.active == 1) & (m.latest_days > days)
    yield when_all(TARGET, positive, left_open).conclude("test-positive")


def _again(p: Values) -> Iterator[Rule]:
    """A negative test that will be too old on the day: its age today and the days until then, together."""
    days = p("test_days")
    negative = TEST & (m.value == 0.0) & (m.age_days <= days)
    later = c.target << TESTED & (m.in_days > days)
    yield when_all(later, FERTILE, c.test << negative).conclude("test-again")
    for until in range(1, days + 1):
        then = c.target << TESTED & (m.in_days == until)
        yield when_all(then, FERTILE, c.test << negative & (m.age_days > days - until)).conclude("test-again")
