"""Platelet counts and clotting tests → what they say now."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

TESTS = ("inr", "aptt", "fibrinogen", "platelets")
LOW = {
    "thrombocytopenia": "thrombocytopenia",
    "immune-thrombocytopenia": "immune thrombocytopenia",
    "heparin-induced-thrombocytopenia": "heparin-induced thrombocytopenia",
}


def rules(p: Values) -> Iterator[Rule]:
    newest = (m.k == "observation") & (m.set == "coagulation") & (m.rank == 0)
    for test in TESTS:
        recent = newest & (m.concept == test) & (m.age_days <= p("lab_age_days"))
        yield when_all(c.result << recent).derive(
            "clotting-result", test=test, value=c.result.value, age_days=c.result.age_days
        )
    count, oldest = newest & (m.concept == "platelets"), p("count_age_days")
    fresh, old = count & (m.age_days <= oldest), count & (m.age_days > oldest)
    tiny, very_low, low, borderline = p("tiny"), p("very_low"), p("low"), p("borderline")
    grades = {
        "tiny": fresh & (m.value < tiny),
        "very-low": fresh & (m.value >= tiny) & (m.value < very_low),
        "low": fresh & (m.value >= very_low) & (m.value < low),
        "borderline": fresh & (m.value >= low) & (m.value < borderline),
        "normal": fresh & (m.value >= borderline),
        "old-low": old & (m.value < borderline),
        "old-normal": old & (m.value >= borderline),
    }
    for grade, inside in grades.items():
        yield when_all(c.result << inside).derive(
            "platelet-reading", grade=grade, value=c.result.value, age_days=c.result.age_days
        )
    for concept, title in LOW.items():
        known = (m.k == "condition") & (m.set == "bleeding-disorder") & (m.concept == concept) & (m.active == 1)
        yield when_all(c.condition << known).derive("known-low-platelets", title=title)
