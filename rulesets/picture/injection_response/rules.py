"""Relief after past injections → helped or failed; epidurals → sessions."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

EPIDURALS = ("epidural-transforaminal", "epidural-interlaminar", "epidural-caudal", "selective-nerve-root-block")
FAMILIES = {
    **dict.fromkeys(EPIDURALS, "epidural"),
    "facet-joint-injection": "facet",
    "medial-branch-radiofrequency": "facet",
}


def rules(p: Values) -> Iterator[Rule]:
    known = (m.k == "relief") & (m.region != "") & (m.age_days >= 0) & (m.age_days <= p("look_back_days"))
    for concept, family in FAMILIES.items():
        of = known & (m.concept == concept)
        for response, test in (("helped", m.percent >= p("half_relief")), ("failed", m.percent < p("half_relief"))):
            yield when_all(c.relief << of & test).derive(
                "injection", family=family, region=c.relief.region, response=response, age_days=c.relief.age_days
            )
    done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.region != "") & (m.age_days >= 0)
    for concept in EPIDURALS:
        session = c.done << done & (m.concept == concept) & (m.age_days <= p("look_back_days"))
        yield when_all(session).derive("epidural-session", region=c.done.region, age_days=c.done.age_days)
