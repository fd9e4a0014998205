"""Weakened defence beside a steroid."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

TARGET = c.target << (m.k == "target") & (m.steroid != "no")
MILD = ("methotrexate", "leflunomide")


def rules(p: Values) -> Iterator[Rule]:
    condition = (m.k == "condition") & (m.set == "immunosuppression") & (m.active == 1)
    lasting = condition & (m.concept != "chemotherapy") & (m.concept != "not-weakened")
    yield _concluded(lasting, "suppressed")
    recent = condition & (m.concept == "chemotherapy") & (m.latest_days <= p("chemotherapy_days"))
    yield _concluded(recent, "suppressed")
    drug = (m.k == "medication") & (m.set == "immunosuppressants") & (m.route != "local")
    strong = drug & (m.concept != MILD[0]) & (m.concept != MILD[1])
    cytotoxic = (m.k == "medication") & (m.set == "chemotherapy-drugs") & (m.route != "local")
    # The effect of a drug on hold outlasts the pause.
    for state in ("active", "held"):
        yield _concluded(strong & (m.state == state), "suppressed")
        yield _concluded(cytotoxic & (m.state == state), "suppressed")
    yield _concluded(drug & (m.state == "possible"), "perhaps-suppressed")
    for name in MILD:
        yield _concluded(drug & (m.concept == name) & (m.state == "active"), "mildly-suppressed")
    for state in ("past", "possible"):
        lately = cytotoxic & (m.state == state) & (m.last_days >= 0) & (m.last_days <= p("chemotherapy_days"))
        yield _concluded(lately, "suppressed")
    long_ago = (
        cytotoxic
        & (m.state == "possible")
        & (m.last_days > p("chemotherapy_days"))
        & (m.last_days <= p("chemotherapy_doubt_days"))
    )
    yield _concluded(long_ago, "perhaps-suppressed")
    yield _concluded(cytotoxic & (m.state == "possible") & (m.last_days < 0), "perhaps-suppressed")


def _concluded(reason: Any, outcome: str) -> Rule:
    return when_all(TARGET, c.reason << reason).conclude(outcome)
