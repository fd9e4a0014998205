"""The newest platelet count and the procedure's risk class → what has to be known and agreed first."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

NEAR = {
    "tiny": "platelets-very-low",
    "very-low": "platelets-very-low",
    "low": "platelets-low",
    "borderline": "platelets-borderline",
}
AWAY = {
    "tiny": "low-risk-tiny",
    "very-low": "low-risk-low",
    "low": "low-risk-borderline",
    "borderline": "low-risk-borderline",
}


def rules(p: Values) -> Iterator[Rule]:
    target = (m.k == "target") & (m.risk != "none")
    reading = m.k == "platelet-reading"
    for grade, outcome in NEAR.items():
        near = c.target << target & (m.risk != "low")
        yield when_all(near, c.count << reading & (m.grade == grade)).conclude(outcome)
    for grade, outcome in AWAY.items():
        away = c.target << target & (m.risk == "low")
        yield when_all(away, c.count << reading & (m.grade == grade)).conclude(outcome)
    known = c.known << (m.k == "known-low-platelets")
    every = c.target << target
    yield when_all(every, known, c.uncounted << absent("platelet-reading")).conclude("uncounted")
    for grade in ("old-low", "old-normal"):
        yield when_all(every, known, c.count << reading & (m.grade == grade)).conclude("uncounted")
    stale = c.count << reading & (m.grade == "normal") & (m.age_days > p("count_age_days_known"))
    yield when_all(every, known, stale).conclude("uncounted")
    unknown = c.unknown << absent("known-low-platelets")
    yield when_all(every, c.count << reading & (m.grade == "old-low"), unknown).conclude("count-old")
    # Once had, heparin is avoided for good: whether the entry is still open does not matter.
    told = (m.k == "condition") & (m.concept == "heparin-induced-thrombocytopenia")
    yield when_all(every, c.condition << told).conclude("avoid-heparin")
