"""Pain that follows no root or varies with stress, and a needle in question → test targets sparingly."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

CONCEPTS = ("non-dermatomal-pain", "varying-pain")


def rules(_: Values) -> Iterator[Rule]:
    needle = (m.k == "target") & (m.risk != "none") & (m.family != "augmentation")
    view, calm = c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag")
    for place, concept in enumerate(CONCEPTS):
        said = c.said << (m.k == "statement") & (m.concept == concept) & (m.negated == 0)
        # Of both, the first is said.
        first = [c.first << absent("statement", concept=earlier, negated="0") for earlier in CONCEPTS[:place]]
        yield when_all(c.target << needle & (m.origin == "order"), said, calm, *first).conclude("test-sparingly")
        yield when_all(c.target << needle & (m.origin != "order"), view, said, calm, *first).conclude("test-sparingly")
