"""Epidurals near vessels → which kind of steroid."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

PARTICULATE = ("triamcinolone", "methylprednisolone", "betamethasone")


def rules(_: Values) -> Iterator[Rule]:
    # Transforaminal injections and root blocks: through the foramen, where the vessels to the cord run.
    epidural = (m.k == "target") & (m.family == "epidural")
    foramen = epidural & (m.procedure != "epidural-interlaminar") & (m.procedure != "epidural-caudal")
    neck = c.target << foramen & (m.region == "cervical")
    yield when_all(neck).conclude("never-particulate")
    yield when_all(c.target << foramen & (m.region == "")).conclude("region-decides")
    # Below the neck the suggestion's own note says it; on an order it is said once more.
    ordered = foramen & (m.origin == "order") & (m.region != "") & (m.region != "cervical")
    yield when_all(c.target << ordered).conclude("non-particulate-first")
    for name in PARTICULATE:
        drafted = (m.k == "medication") & (m.set == "steroids") & (m.concept == name) & (m.state == "planned")
        yield when_all(neck, c.drug << drafted & (m.route != "oral")).conclude("particulate-drafted")
    interlaminar = epidural & (m.procedure == "epidural-interlaminar") & (m.region == "cervical")
    yield when_all(c.target << interlaminar).conclude("non-particulate-first")
