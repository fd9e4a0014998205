"""Drugs that would be held, in somebody whose clot risk forbids it or is not clear."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

GROUPS = ("anticoagulant", "antiplatelet", "aspirin", "fibrinolytic")


def rules(_: Values) -> Iterator[Rule]:
    plan = (m.k == "antithrombotic-plan") & (m.action != "continue") & (m.state != "planned")
    for known, outcome in (("yes", "do-not-stop-without-specialist"), ("no", "clot-risk-unclear")):
        clot = c.clot << (m.k == "thrombotic-risk") & (m.known == known)
        for group in GROUPS:
            yield when_all(c.plan << plan & (m.group == group), clot).conclude(outcome)
