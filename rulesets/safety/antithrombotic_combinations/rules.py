"""A blood thinner beside an NSAID, an antidepressant or a supplement, and the neck with any of them."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

PLAN = (m.k == "antithrombotic-plan") & (m.state == "active")
THINNERS = ("anticoagulant", "antiplatelet")
# The selective NSAID does not act on platelets.
SPARES_PLATELETS = "celecoxib"
NECK = (m.procedure == "epidural-interlaminar") & (m.region == "cervical")


def rules(_: Values) -> Iterator[Rule]:
    antidepressant = c.other << (m.k == "bleeding-drug") & (m.group == "serotonergic")
    herbal = c.other << (m.k == "bleeding-drug") & (m.group == "herbal")
    for group in THINNERS:
        yield when_all(
            c.plan << PLAN & (m.group == group),
            c.other << PLAN
            & (m.group == "nsaid")
            & (m.drug != SPARES_PLATELETS)
            & (m.procedure == c.plan.procedure)
            & (m.region == c.plan.region)
            & (m.side == c.plan.side),
        ).conclude("with-nsaid")
    for group in (*THINNERS, "aspirin"):
        plan = PLAN & (m.group == group)
        yield when_all(c.plan << plan & (m.risk == "intermediate"), antidepressant).conclude("with-antidepressant")
        high = c.plan << plan & (m.risk == "high")
        yield when_all(high, antidepressant).conclude("with-antidepressant-high-risk")
        # Before a high-risk procedure a supplement has a hold of its own.
        yield when_all(c.plan << plan & (m.risk == "intermediate"), herbal).conclude("with-herbal")
    for group in ("aspirin", "nsaid"):
        alone = PLAN & (m.group == group) & (m.drug != SPARES_PLATELETS)
        yield when_all(c.plan << alone & NECK).conclude("cervical-caution")
    neck = c.target << (m.k == "target") & NECK
    yield when_all(neck, antidepressant).conclude("cervical-caution-antidepressant")
