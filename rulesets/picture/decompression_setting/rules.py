"""Reports and words → a thick ligament, and a study."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    said = (m.k == "statement") & (m.concept == "ligamentum-hypertrophy") & (m.negated == 0) & (m.where != "note")
    yield when_all(c.said << said & (m.region != "") & (m.age_days <= p("recent_days"))).derive(
        "thick-ligament", region=c.said.region, age_days=c.said.age_days
    )
    told = (m.k == "statement") & (m.set == "study-enrolment") & (m.negated == 0)
    yield when_all(c.told << told).derive("in-study", how="words")
    coded = (m.k == "condition") & (m.set == "study-participation") & (m.active == 1)
    yield when_all(c.coded << coded).derive("in-study", how="diagnosis")
