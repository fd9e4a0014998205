"""Widespread pain beside back or neck pain → a plan, not a needle."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Needles with a pain pattern of their own, without which they have no target.
TREATS = {"facet": "facet", "sacroiliac": "sacroiliac", "trigger-point": "myofascial"}


def rules(_: Values) -> Iterator[Rule]:
    seen = (
        c.wide << (m.k == "pain") & (m.pattern == "widespread"),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )
    no_nerve = c.no_nerve << absent("nerve-pain")
    for pattern in ("axial", "facet"):
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern)
        for outcome in ("no-injection", "whole-person"):
            yield when_all(*seen, no_nerve, pain).conclude(outcome)
    yield when_all(*seen, c.nerve << (m.k == "nerve-pain")).conclude("beside")
    for family, pattern in TREATS.items():
        yield when_all(
            c.order << (m.k == "target") & (m.origin == "order") & (m.family == family),
            c.wide << (m.k == "pain") & (m.pattern == "widespread"),
            c.calm << absent("red-flag"),
            c.no_target << absent("pain", pattern=pattern),
        ).conclude("ordered")
