"""Instability and high-grade slips → surgical consultation; slips of unknown motion → a question."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

OUTCOMES = {"instability": "unstable", "high-grade-slip": "high-grade-slip"}


def rules(_: Values) -> Iterator[Rule]:
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    for flag, outcome in OUTCOMES.items():
        found = c.flag << (m.k == "red-flag") & (m.flag == flag)
        yield when_all(found, c.hook << (m.k == "patient-in-view")).conclude(outcome)
        yield when_all(found, c.order << (m.k == "proposal") & (m.origin != "suggestion")).conclude(outcome)
    slip = (m.k == "condition") & (m.set == "spondylolisthesis") & (m.active == 1)
    problem = c.problem << (m.k == "pain") & (m.pattern != "widespread") & (m.region != "")
    silent = [
        absent("statement", by="region", concept="instability"),
        absent("statement", by="region", concept="stable-motion"),
        absent("procedure", by="region", set="surgical-procedures", concept="spine-fusion"),
    ]
    yield when_all(
        problem,
        c.slip << slip & (m.region == c.problem.region),
        *(getattr(c, f"no_{place}") << item & (m.region == c.problem.region) for place, item in enumerate(silent)),
        view,
        c.calm << absent("red-flag"),
    ).conclude("motion-unknown")
