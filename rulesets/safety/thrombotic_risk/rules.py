"""Drugs that might be stopped, in somebody whose clot risk forbids it or is not clear.

A drug that is taken and would be held is spoken of with its hold, in safety/antithrombotics.
"""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

NOT_HELD = {
    "anticoagulant": ("ask", "refer", "avoid"),
    "antiplatelet": ("ask", "refer"),
    "aspirin": ("ask",),
    "fibrinolytic": (),
}
OPEN = ("possible", "held", "stopped")


def rules(_: Values) -> Iterator[Rule]:
    plan = (m.k == "antithrombotic-plan") & (m.action != "continue") & (m.state != "planned")
    high, unclear = (c.clot << (m.k == "thrombotic-risk") & (m.known == known) for known in ("yes", "no"))
    for group in NOT_HELD:
        drug = plan & (m.group == group)
        yield when_all(c.plan << drug, unclear).conclude("clot-risk-unclear")
        for state in OPEN:
            yield when_all(c.plan << drug & (m.state == state), high).conclude("do-not-stop-without-specialist")
        for action in NOT_HELD[group]:
            taken = drug & (m.state == "active") & (m.action == action)
            yield when_all(c.plan << taken, high).conclude("do-not-stop-without-specialist")
