"""Vitamin K antagonists and the newest INR."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

DRUGS = ("warfarin", "acenocoumarol", "phenprocoumon")


def rules(p: Values) -> Iterator[Rule]:
    for name in DRUGS:
        drug = (m.k == "antithrombotic") & (m.drug == name)
        yield when_all(c.drug << drug & (m.state != "planned")).derive(
            "vitamin-k-antagonist", title=c.drug.title, state="taken"
        )
        yield when_all(c.drug << drug & (m.state == "planned")).derive(
            "vitamin-k-antagonist", title=c.drug.title, state="planned"
        )
        yield when_all(c.drug << (m.k == "antithrombotic-stopped") & (m.drug == name)).derive(
            "vitamin-k-antagonist", title=c.drug.title, state="stopped"
        )
    antagonist = m.k == "vitamin-k-antagonist"
    taken, acting = c.drug << antagonist & (m.state == "taken"), c.drug << antagonist & (m.state != "planned")
    either = c.drug << antagonist
    target = c.target << (m.k == "target") & (m.risk != "low") & (m.risk != "none")
    inr = (m.k == "observation") & (m.concept == "inr") & (m.rank == 0)
    fresh = inr & (m.age_days <= p("inr_age_days"))
    unknown = c.none << absent("observation", concept="inr")
    yield when_all(target, acting, unknown).conclude("inr-missing")
    yield when_all(target, acting, c.inr << inr & (m.age_days > p("inr_age_days"))).conclude("inr-old")
    # A high value counts although the drug is only being ordered: nothing else on record explains it.
    yield when_all(target, either, c.inr << fresh & (m.value > p("inr_limit"))).conclude("inr-above")
    low = c.target << (m.k == "target") & (m.risk == "low")
    settled, limit = inr & (m.age_days <= p("inr_age_days_low_risk")), p("inr_limit_low_risk")
    yield when_all(low, either, c.inr << settled & (m.value >= limit)).conclude("inr-above-therapeutic")
    yield when_all(low, taken, unknown).conclude("inr-unknown-low-risk")
    old = c.inr << inr & (m.age_days > p("inr_age_days_low_risk"))
    yield when_all(low, taken, old).conclude("inr-unknown-low-risk")
