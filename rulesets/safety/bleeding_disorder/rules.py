"""Clotting of the patient's own and procedures in question → what has to be known and agreed first."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    target = c.target << (m.k == "target") & (m.risk != "none")
    told = {"bleeding-disorder": "disorder", "cirrhosis": "liver", "liver-failure": "liver"}
    for concept, outcome in told.items():
        yield when_all(target, c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1)).conclude(
            outcome
        )
    low = c.condition << (m.k == "condition") & (m.concept == "thrombocytopenia") & (m.active == 1)
    result = (m.k == "observation") & (m.concept == "platelets") & (m.rank == 0)
    yield when_all(target, low, c.uncounted << absent("observation", concept="platelets", rank="0")).conclude(
        "low-platelets-uncounted"
    )
    old = c.count << result & (m.age_days > p("count_age_days"))
    yield when_all(target, low, old).conclude("low-platelets-uncounted")
    bounds = {"platelets-very-low": (0.0, p("very_low")), "platelets-low": (p("very_low"), p("low"))}
    bounds["platelets-borderline"] = (p("low"), p("borderline"))
    for outcome, (least, limit) in bounds.items():
        recent = result & (m.age_days <= p("count_age_days")) & (m.value >= least) & (m.value < limit)
        yield when_all(target, c.count << recent).conclude(outcome)
