"""Widespread pain beside back or neck pain → a plan, not a needle."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


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
