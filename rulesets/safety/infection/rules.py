"""Infections, fever and antibiotics beside a procedure in question."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, lookup, m, when_all
from service.rules.parameters import Values

NEEDLE = (m.k == "target") & (m.risk != "none")
TARGET = c.target << NEEDLE
COURSES = {"spine": ("slow",), "path": ("acute",), "grave": ("acute", "slow"), "lesser": ("acute",)}
CURRENT = {
    "spine": "spinal-infection",
    "path": "infection-at-needle-path",
    "grave": "active-infection",
    "lesser": "lesser-infection",
    "minor": "minor-infection",
    "fever": "fever",
}
LEFT_OPEN = {"spine": "spinal-infection-long-ago", "path": "still-listed", "grave": "still-listed"}


def rules(p: Values) -> Iterator[Rule]:
    condition = (m.k == "condition") & (m.set == "infection") & (m.active == 1)
    yield when_all(c.condition << condition).derive(
        "infection",
        title=lookup("infection", c.condition.concept, "it", part="title"),
        grade=lookup("infection", c.condition.concept, "it", part="grade"),
        course=lookup("infection", c.condition.concept, "it", part="course"),
        confirmed=c.condition.confirmed,
        latest_days=c.condition.latest_days,
    )
    yield from _conditions(p)
    reported = (m.k == "statement") & (m.set == "spinal-infection-findings") & (m.concept == "spinal-infection")
    fresh = reported & (m.negated == 0) & (m.age_days <= p("report_days"))
    yield when_all(TARGET, c.said << fresh).conclude("spinal-infection-reported")
    reading = (m.k == "observation") & (m.concept == "body-temperature") & (m.rank == 0)
    now = reading & (m.age_days <= p("fever_reading_days")) & (m.value >= p("fever"))
    yield when_all(_when(p)[0], c.reading << now).conclude("fever-measured")
    status = c.condition << condition & (m.concept == "long-term-antibiotic")
    yield when_all(TARGET, status).conclude("long-term-antibiotic")
    yield from _antibiotics(p)


def _conditions(p: Values) -> Iterator[Rule]:
    soon, later = _when(p)
    for grade, courses in COURSES.items():
        for course in courses:
            kind = (m.k == "infection") & (m.grade == grade) & (m.course == course)
            # An active entry without any date is taken as current.
            current = c.infection << kind & (m.latest_days <= p(f"{course}_days"))
            if course == "slow":
                yield when_all(TARGET, current).conclude(CURRENT[grade])
            else:
                yield when_all(soon, current).conclude(CURRENT[grade])
            if course == "acute" and grade != "lesser":
                yield when_all(later, current).conclude("over-by-then")
            if grade in LEFT_OPEN:
                old = c.infection << kind & (m.latest_days > p(f"{course}_days"))
                yield when_all(TARGET, old).conclude(LEFT_OPEN[grade])
    for grade in ("minor", "fever"):
        kind = (m.k == "infection") & (m.grade == grade) & (m.latest_days >= 0)
        yield when_all(soon, c.infection << kind & (m.latest_days <= p("brief_days"))).conclude(CURRENT[grade])
    undated = c.infection << (m.k == "infection") & (m.grade == "fever") & (m.latest_days < 0)
    yield when_all(soon, undated).conclude("still-listed")


def _when(p: Values) -> tuple[Any, Any]:
    """Procedures near or without a day, which today's state decides; and those further ahead."""
    return c.target << NEEDLE & (m.in_days <= p("near_days")), c.target << NEEDLE & (m.in_days > p("near_days"))


def _antibiotics(p: Values) -> Iterator[Rule]:
    soon, later = _when(p)
    usual = p("course_days")
    fresh = (m.last_days <= usual) & (m.route != "local")
    for name in ("antibiotics", "long-term-antibiotics"):
        drug = (m.k == "medication") & (m.set == name)
        taken, perhaps = drug & (m.state == "active"), drug & (m.state == "possible")
        # Whether a drug of the second list is a course can only be told by its beginning.
        course = fresh & (m.started_days >= 0) if name == "long-term-antibiotics" else fresh
        against = c.drug << taken & course & (m.started_days <= usual)
        yield when_all(soon, against).conclude("antibiotic")
        yield when_all(later, against).conclude("antibiotic-over-by-then")
        yield _drug(taken & fresh & (m.started_days > usual), "antibiotic-unclear")
        yield _drug(taken & (m.last_days > usual) & (m.route != "local"), "antibiotic-unclear")
        yield _drug(perhaps & fresh, "antibiotic-unclear")
        yield from _finished(p, drug & (m.state == "past") & (m.route != "local") & (m.last_days >= 0))
    unknown = (m.k == "medication") & (m.set == "long-term-antibiotics") & (m.state == "active") & fresh
    yield _drug(unknown & (m.started_days < 0), "antibiotic-unclear")


def _finished(p: Values, ended: Any) -> Iterator[Rule]:
    """Days since the last dose on the day of the procedure: today's days and those until then, together."""
    free = p("antibiotic_free_days")
    undated = c.target << NEEDLE & (m.in_days < 0)
    yield when_all(undated, c.drug << ended & (m.last_days < free)).conclude("antibiotic-just-finished")
    for days in range(free):
        then = c.target << NEEDLE & (m.in_days == days)
        yield when_all(then, c.drug << ended & (m.last_days < free - days)).conclude("antibiotic-just-finished")


def _drug(drug: Any, outcome: str) -> Rule:
    return when_all(TARGET, c.drug << drug).conclude(outcome)
