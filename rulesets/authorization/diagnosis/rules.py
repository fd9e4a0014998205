"""A request and the pains of its region → whether one of them is what the procedure is for."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

NERVE = ("radicular", "claudication", "postsurgical")
# Pain of these is often on record as axial pain before anybody names its source.
FACET, JOINT = ("facet",), ("sacroiliac",)
COVERED = {("epidural", "root-block"): NERVE, FACET: FACET, JOINT: JOINT}
SYMPATHETIC = "sympathetic"
OTHER_SIDE = {"left": "right", "right": "left"}


def rules(_: Values) -> Iterator[Rule]:
    here = m.region == c.request.region
    asking = (m.k == "request") & one_of("family", tuple(family for families in COVERED for family in families))
    yield when_all(c.request << asking & (m.region == "")).conclude("without-region")
    for families, covered in COVERED.items():
        placed = c.request << (m.k == "request") & one_of("family", families) & (m.region != "")
        for pattern in covered:
            yield from _covered(pattern, placed, here)
        uncovered = [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in covered]
        if "postsurgical" in covered:
            uncovered.append(c.no_unplaced << absent("pain", pattern="postsurgical", region=""))
        pain = c.pain << (m.k == "pain") & here
        if covered in (FACET, JOINT):
            axial = c.pain << (m.k == "pain") & (m.pattern == "axial") & here
            yield when_all(placed, axial, *uncovered).conclude("source-unnamed")
            uncovered.append(c.no_axial << absent("pain", by="region", pattern="axial") & here)
        yield when_all(placed, pain, *uncovered).conclude("other")
        yield when_all(placed, c.none << absent("pain", by="region") & here, *uncovered).conclude("none")
    yield from _trigger_point(here)
    yield from _sympathetic(here)


def _covered(pattern: str, placed: Any, here: Any) -> Iterator[Rule]:
    """A pain that the family covers; only a joint has sides that cannot stand for each other."""
    pain = c.pain << (m.k == "pain") & (m.pattern == pattern)
    # The code of pain after spine surgery names no region.
    found = [(placed, pain & (m.region != "") & here)]
    if pattern == "postsurgical":
        found.append((placed, pain & (m.region == "")))
    if pattern == "sacroiliac":
        found = [
            (placed & (m.side != "left") & (m.side != "right"), pain & here),
            *((placed & (m.side == side), pain & (m.side != other) & here) for side, other in OTHER_SIDE.items()),
        ]
        for side, other in OTHER_SIDE.items():
            yield when_all(placed & (m.side == side), pain & (m.side == other) & here).conclude("other-side")
    for request, of_pain in found:
        yield when_all(request, of_pain & (m.confirmed == 1)).conclude("covered")
        yield when_all(request, of_pain & (m.confirmed != 1)).conclude("unconfirmed")


def _trigger_point(here: Any) -> Iterator[Rule]:
    """Orders seldom name a region; then the muscle pain itself does."""
    request = (m.k == "request") & (m.family == "trigger-point")
    anywhere, placed = c.request << request & (m.region == ""), c.request << request & (m.region != "")
    pain = c.pain << (m.k == "pain") & (m.pattern == "myofascial")
    found = c.points << (m.k == "trigger-points") & (m.region == c.pain.region)
    sought = c.points << absent("trigger-points", by="region") & (m.region == c.pain.region)
    for patterns in ((anywhere, pain), (placed, pain & here)):
        *before, of_pain = patterns
        yield when_all(*before, of_pain & (m.confirmed == 1), found).conclude("covered")
        yield when_all(*before, of_pain & (m.confirmed == 1), sought).conclude("points-missing")
        yield when_all(*before, of_pain & (m.confirmed != 1)).conclude("unconfirmed")
    yield when_all(anywhere, c.no_myofascial << absent("pain", pattern="myofascial")).conclude("without-region")
    uncovered = c.no_myofascial << absent("pain", by="region", pattern="myofascial") & here
    yield when_all(placed, c.pain << (m.k == "pain") & here, uncovered).conclude("other")
    yield when_all(placed, c.none << absent("pain", by="region") & here, uncovered).conclude("none")


def _sympathetic(here: Any) -> Iterator[Rule]:
    request = c.request << (m.k == "request") & (m.family == SYMPATHETIC)
    placed = c.request << (m.k == "request") & (m.family == SYMPATHETIC) & (m.region != "")
    yield when_all(request & (m.region == "")).conclude("without-region")
    regional = c.crps << (m.k == "crps")
    for syndrome in (regional & (m.region != "") & here, regional & (m.region == "")):
        yield when_all(placed, syndrome & (m.confirmed == 1)).conclude("regional")
        yield when_all(placed, syndrome & (m.confirmed != 1)).conclude("regional-unconfirmed")
    nowhere = (c.no_crps << absent("crps", by="region") & here, c.no_unplaced << absent("crps", region=""))
    yield when_all(placed, c.pain << (m.k == "pain") & here, *nowhere).conclude("other")
    yield when_all(placed, c.none << absent("pain", by="region") & here, *nowhere).conclude("none")
