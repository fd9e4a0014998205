"""Pairs of drugs for one procedure, and aspirin or an NSAID before a cervical interlaminar injection."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

PLAN = m.k == "antithrombotic-plan"
TOGETHER = (
    ("anticoagulant", "antiplatelet"),
    ("anticoagulant", "aspirin"),
    ("anticoagulant", "nsaid"),
    ("antiplatelet", "aspirin"),
    ("antiplatelet", "nsaid"),
)


def rules(_: Values) -> Iterator[Rule]:
    for first, second in TOGETHER:
        yield when_all(
            c.plan << PLAN & (m.group == first) & (m.state == "active"),
            c.other << PLAN
            & (m.group == second)
            & (m.state == "active")
            & (m.procedure == c.plan.procedure)
            & (m.region == c.plan.region)
            & (m.side == c.plan.side),
        ).conclude("several-agents")
    for group in ("aspirin", "nsaid"):
        neck = (m.procedure == "epidural-interlaminar") & (m.region == "cervical")
        yield when_all(c.plan << PLAN & (m.group == group) & (m.state == "active") & neck).conclude("cervical-caution")
