"""Recent visits and running drugs → care in place."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

REHABILITATION = ("physical-therapy", "home-exercise")
VISITS = {"mental-health-care": "mental-health", "addiction-care": "substance-use"}


def rules(p: Values) -> Iterator[Rule]:
    done = (m.k == "procedure") & (m.rank == 0) & (m.age_days >= 0)
    for concept in REHABILITATION:
        visit = done & (m.set == "conservative-care") & (m.concept == concept) & (m.age_days <= p("therapy_days"))
        yield when_all(c.visit << visit).derive("care-in-place", of="rehabilitation")
    for concept, of in VISITS.items():
        visit = done & (m.set == "mental-health-care") & (m.concept == concept) & (m.age_days <= p("mental_care_days"))
        yield when_all(c.visit << visit).derive("care-in-place", of=of)
    drug = (m.k == "medication") & (m.set == "addiction-treatment") & (m.state == "active")
    yield when_all(c.drug << drug).derive("care-in-place", of="substance-use")
