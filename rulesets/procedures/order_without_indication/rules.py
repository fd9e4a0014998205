"""An epidural for pain without a nerve in play, or for the other side → warning before it is signed."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Which pain a family of procedures goes to.
GOES_TO = {"epidural": "radicular", "facet": "facet"}
SIDES = (("left", "right"), ("right", "left"))
# Diagnoses that may explain a nerve's pain, a worn disc with leg pain among them: it is not axial alone.
MAY_EXPLAIN = ("disc-herniation", "spinal-stenosis", "disc-and-leg-pain")


def rules(_: Values) -> Iterator[Rule]:
    for pattern in ("axial", "facet", "widespread"):
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern)
        place = pain if pattern == "widespread" else pain & (m.region == c.order.region)
        yield when_all(_order("epidural", m.region != ""), place, *_no_nerve()).conclude("no-nerve")
    for family, pattern in GOES_TO.items():
        for side, other in SIDES:
            yield from _wrong_side(family, pattern, side, other)


def _wrong_side(family: str, pattern: str, side: str, other: str) -> Iterator[Rule]:
    """All recorded pain of the pattern is on the other side; an unknown side contradicts nothing."""
    open_sides = [absent("pain", by="region", pattern=pattern, side=name) for name in (side, "bilateral", "")]
    nowhere = [getattr(c, f"no_{n}") << item & (m.region == c.order.region) for n, item in enumerate(open_sides)]
    pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & (m.region == c.order.region) & (m.side == other)
    yield when_all(_order(family, m.side == side), pain, *nowhere).conclude("wrong-side")


def _order(family: str, test: Any) -> Any:
    return c.order << (m.k == "target") & (m.origin == "order") & (m.family == family) & test


def _no_nerve() -> tuple[Any, ...]:
    """No nerve pain here or of unknown region, and nothing that may yet explain one."""
    conditions = [absent("condition", by="region", concept=name, active="1") for name in MAY_EXPLAIN]
    return (
        c.no_nerve << absent("nerve-pain", by="region") & (m.region == c.order.region),
        c.no_stray << absent("nerve-pain", region=""),
        *(getattr(c, f"no_{n}") << item & (m.region == c.order.region) for n, item in enumerate(conditions)),
    )
