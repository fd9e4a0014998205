"""Vitamin K antagonists and the newest INR."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

DRUGS = ("warfarin", "acenocoumarol", "phenprocoumon")


def rules(p: Values) -> Iterator[Rule]:
    for name in DRUGS:
        taken = (m.k == "antithrombotic") & (m.drug == name) & (m.state != "planned")
        yield when_all(c.drug << taken).derive("vitamin-k-antagonist", title=c.drug.title)
    drug = c.drug << (m.k == "vitamin-k-antagonist")
    target = c.target << (m.k == "target") & (m.risk != "low") & (m.risk != "none")
    inr = (m.k == "observation") & (m.concept == "inr") & (m.rank == 0)
    fresh = inr & (m.age_days <= p("inr_age_days"))
    yield when_all(target, drug, c.none << absent("observation", concept="inr")).conclude("inr-missing")
    yield when_all(target, drug, c.inr << inr & (m.age_days > p("inr_age_days"))).conclude("inr-old")
    yield when_all(target, drug, c.inr << fresh & (m.value > p("inr_limit"))).conclude("inr-above")
    low = c.target << (m.k == "target") & (m.risk == "low")
    yield when_all(low, drug, c.inr << fresh & (m.value >= p("inr_limit_low_risk"))).conclude("inr-above-therapeutic")
