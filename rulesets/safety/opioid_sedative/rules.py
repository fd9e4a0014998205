"""Opioids, what is taken with them, and a needle in question → what to agree with the prescriber."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

OTHERS = ("gabapentinoid", "muscle-relaxant")
TREATMENT = {"set": "addiction-treatment", "concept": "opioid-agonist-treatment"}


def rules(_: Values) -> Iterator[Rule]:
    needle = (m.k == "target") & (m.risk != "none")
    ordered = c.target << needle & (m.origin != "suggestion")
    opioid = (m.k == "medication") & (m.set == "analgesics") & (m.concept == "opioid")
    present = (m.state == "active") | (m.state == "possible")
    meant = present | (m.state == "planned")
    benzodiazepine = (m.k == "medication") & (m.set == "benzodiazepines") & (m.concept == "benzodiazepine") & meant
    z_drug = (m.k == "medication") & (m.set == "benzodiazepines") & (m.concept == "z-drug") & meant
    target, either = c.target << needle, c.opioid << opioid & meant
    yield when_all(target, either, c.sedative << benzodiazepine).conclude("with-benzodiazepine")
    alone = [_without(state, set="benzodiazepines", concept="benzodiazepine") for state in ("active", "possible")]
    yield when_all(target, either, c.sedative << z_drug, *alone).conclude("with-benzodiazepine")
    plain = [_without(state, set="benzodiazepines") for state in ("active", "possible", "planned")]
    taken = c.opioid << opioid & present
    for concept in OTHERS:
        other = (m.k == "medication") & (m.set == "analgesics") & (m.concept == concept) & (m.state == "active")
        yield when_all(ordered, taken, c.other << other, *plain).conclude("with-other")
    none = [_without("active", set="analgesics", concept=concept) for concept in OTHERS]
    for state in ("active", "possible"):
        yield from _reducible(opioid & (m.state == state))
    yield from _beside_treatment(opioid & (m.state == "active"))
    reducible = c.reducible << (m.k == "reducible-opioid")
    same = opioid & (m.state == c.reducible.state) & (m.dose == c.reducible.dose) & (m.daily == c.reducible.daily)
    yield when_all(ordered, reducible, c.opioid << same, *plain, *none).conclude("review")
    yield when_all(ordered, c.opioid << opioid & (m.state == "planned"), *plain).conclude("bridge")


def _reducible(opioid: Any) -> Iterator[Rule]:
    """Methadone or buprenorphine for a use disorder is not reduced because an injection helped; another opioid is."""
    taken, kept = c.opioid << opioid, _kept()
    no_disorder = c.no_disorder << absent("condition", set="substance-use")
    yield when_all(taken, no_disorder).derive("reducible-opioid", **kept)
    untreated = [_without(state, **TREATMENT) for state in ("active", "possible")]
    yield when_all(taken, *untreated).derive("reducible-opioid", **kept)


def _beside_treatment(opioid: Any) -> Iterator[Rule]:
    """An opioid of another dose than the treatment's is another opioid."""
    drug = c.drug << (m.k == "medication") & (m.set == TREATMENT["set"]) & (m.concept == TREATMENT["concept"])
    for other in (m.dose != c.drug.dose, m.daily != c.drug.daily):
        yield when_all(drug, c.opioid << opioid & other).derive("reducible-opioid", **_kept())


def _kept() -> dict[str, Any]:
    return {"state": c.opioid.state, "dose": c.opioid.dose, "daily": c.opioid.daily}


def _without(state: str, **fixed: str) -> Any:
    alias = "_".join(["no", *fixed.values(), state]).replace("-", "_")
    return getattr(c, alias) << absent("medication", state=state, **fixed)
