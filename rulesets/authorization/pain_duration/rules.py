"""A request and the onset of the pain it is for → whether it has lasted long enough.

A first entry may be younger than the pain, and an onset may be known to the year only: what may have lasted long
enough is not documented, and "not met" is said only of what cannot have.
"""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
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
    asking = (m.k == "request") & one_of("family", tuple(PATTERNS))
    yield when_all(c.request << asking & (m.region == "")).conclude("without-region")
    alike: dict[tuple[tuple[str, ...], int], list[str]] = {}
    for family, patterns in PATTERNS.items():
        needed = p.in_force(f"length.{family}")
        alike.setdefault((patterns, int(needed.value) * DAYS[needed.unit]), []).append(family)
    for (patterns, days), families in alike.items():
        yield from _judged(
            c.request << (m.k == "request") & one_of("family", tuple(families)) & (m.region != ""), patterns, days
        )


def _judged(placed: Any, patterns: tuple[str, ...], days: int) -> Iterator[Rule]:
    here = m.region == c.request.region
    hook = c.hook << (m.k == "hook")
    undated = [
        getattr(c, f"dated_{name}") << absent("pain", by="region", pattern=name, onset_most="-1") & here
        for name in patterns
    ]
    none = [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in patterns]
    if "postsurgical" in patterns:
        none.append(c.no_unplaced << absent("pain", pattern="postsurgical", region=""))
        undated.append(c.dated_unplaced << absent("pain", pattern="postsurgical", region="", onset_most="-1"))
    for pain in _pains(patterns, here):
        yield when_all(placed, pain & (m.onset_days >= days)).conclude("met")
        known = pain & (m.onset_days < days) & (m.onset_most >= 0) & (m.onset_most < days)
        yield when_all(placed, known, hook, *undated).conclude("short")
        yield when_all(placed, pain & (m.onset_days < days) & (m.onset_most >= days)).conclude("vague")
        yield when_all(placed, pain & (m.onset_days < days) & (m.onset_most < 0)).conclude("unknown")
    yield when_all(placed, *none).conclude("no-pain")


def _pains(patterns: tuple[str, ...], here: Any) -> Iterator[Any]:
    """Pain of the region; the code of pain after spine surgery names none."""
    for pattern in patterns:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern)
        yield pain & (m.region != "") & here
        if pattern == "postsurgical":
            yield pain & (m.region == "")
