"""Therapy declined, and a needle in question → plan it first."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

REFUSALS = ("therapy-declined", "exercise-declined")


def rules(_: Values) -> Iterator[Rule]:
    needle = (m.k == "target") & (m.risk != "none") & (m.family != "augmentation") & (m.family != "discography")
    calm = c.calm << absent("red-flag")
    willing = (
        c.unblocked << absent("early-reason", reason="therapy-blocked-by-pain"),
        c.none << absent("care-in-place", of="rehabilitation"),
    )
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    for place, refusal in enumerate(REFUSALS):
        said = c.said << (m.k == "statement") & (m.concept == refusal) & (m.negated == 0)
        # Of both, the first is said.
        first = [c.first << absent("statement", concept=earlier, negated="0") for earlier in REFUSALS[:place]]
        yield when_all(c.target << needle & (m.origin == "order"), said, calm, *willing, *first).conclude(
            "no-rehabilitation"
        )
        yield when_all(c.target << needle & (m.origin != "order"), view, said, calm, *willing, *first).conclude(
            "no-rehabilitation"
        )
