"""A suggested injection → the therapy that goes with it."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

EPIDURALS = ("epidural-transforaminal", "epidural-interlaminar", "epidural-caudal")
PLANS = {"lumbar": "low-back", "thoracic": "chest", "cervical": "neck"}


def rules(_: Values) -> Iterator[Rule]:
    suggested = (m.k == "proposal") & (m.origin == "suggestion")
    for region, outcome in PLANS.items():
        for procedure in EPIDURALS:
            if procedure == "epidural-caudal" and region != "lumbar":
                continue
            if procedure == "epidural-transforaminal" and region == "cervical":
                continue
            here = (m.procedure == procedure) & (m.region == region)
            yield when_all(c.proposal << suggested & here).conclude(outcome)
    yield when_all(c.proposal << suggested & (m.procedure == "medial-branch-block")).conclude("facet")
