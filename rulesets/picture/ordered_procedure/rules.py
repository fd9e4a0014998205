"""Draft orders and plans → proposals."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

# Planned by others for other reasons; on a draft order they are in question, in the record they are just care.
WITHOUT_NEEDLE = (
    "physical-therapy",
    "surgical-consultation",
    "urgent-evaluation",
    "electrodiagnostic-testing",
    "whole-person-care",
    "behavioural-health",
    "specialist-referral",
)


def rules(p: Values) -> Iterator[Rule]:
    ordered = (m.k == "order") & (m.set == "spine-procedures")
    planned: Any = ordered & (m.origin == "scheduled")
    for concept in WITHOUT_NEEDLE:
        planned = planned & (m.concept != concept)
    hook = m.k == "hook"
    # A visit that begins looks at what is near, one that ends at what was done in it.
    other_hooks = hook & (m.hook != "encounter-start") & (m.hook != "encounter-discharge")
    in_question: tuple[tuple[Any, ...], ...] = (
        (c.order << ordered & (m.origin == "order"),),
        (c.order << planned, c.hook << other_hooks),
        # Without a day it may be today.
        (c.order << planned & (m.in_days <= p("soon_days")), c.hook << hook & (m.hook == "encounter-start")),
    )
    for patterns in in_question:
        yield when_all(*patterns).derive(
            "proposal",
            procedure=c.order.concept,
            title=c.order.title,
            region=c.order.region,
            side=c.order.side,
            level=c.order.level,
            origin=c.order.origin,
            date=c.order.date,
            in_days=c.order.in_days,
            without=c.order.without,
        )
