"""A request and the onset of the pain it is for → whether it has lasted long enough.

A first entry may be younger than the pain: too few days on record are not documented, never "not met".
"""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

NERVE = ("radicular", "claudication", "postsurgical")
PATTERNS = {
    "epidural": NERVE,
    "root-block": NERVE,
    # A facet pain is often on record as axial pain for years before anybody names its source.
    "facet": ("facet", "axial"),
    "sacroiliac": ("sacroiliac",),
}
DAYS = {"d": 1, "wk": 7}


def rules(p: Values) -> Iterator[Rule]:
    here = m.region == c.request.region
    for family, patterns in PATTERNS.items():
        needed = p.in_force(f"length.{family}")
        days = needed.value * DAYS[needed.unit]
        request = (m.k == "request") & (m.family == family)
        placed = c.request << request & (m.region != "")
        yield when_all(c.request << request & (m.region == "")).conclude("without-region")
        for pain in _pains(patterns, here):
            yield when_all(placed, pain & (m.onset_days >= days)).conclude("met")
            yield when_all(placed, pain & (m.onset_days < days) & (m.onset_days >= 0)).conclude("short")
            yield when_all(placed, pain & (m.onset_days < 0)).conclude("unknown")
        none = [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in patterns]
        if "postsurgical" in patterns:
            none.append(c.no_unplaced << absent("pain", pattern="postsurgical", region=""))
        yield when_all(placed, *none).conclude("unknown")


def _pains(patterns: tuple[str, ...], here: Any) -> Iterator[Any]:
    """Pain of the region; the code of pain after spine surgery names none."""
    for pattern in patterns:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern)
        yield pain & (m.region != "") & here
        if pattern == "postsurgical":
            yield pain & (m.region == "")
