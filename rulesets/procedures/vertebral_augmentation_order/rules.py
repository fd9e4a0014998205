"""A vertebral augmentation on a draft order → what contradicts it, and what is not on record."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

WINDOWS = ("acute", "subacute", "late", "unknown")
OLD = ("healed", "not-fresh")


SIGNS = ("fresh", *OLD)
TARGET = (m.k == "target") & (m.family == "augmentation") & (m.origin == "order")


def rules(_: Values) -> Iterator[Rule]:
    yield from _healed()
    yield from _further()
    yield from _unshown()
    order = c.order << TARGET
    sign = (m.k == "fracture-sign") & (m.region == c.order.region)
    former = c.former << (m.k == "dated-fracture") & (m.concept == "old-vertebral-fracture")
    alone = [getattr(c, f"no_{care}") << absent("listed-fracture", care=care) for care in ("current", "healing")]
    yield when_all(order, former, _none("fresh", "region"), *alone).conclude("old")
    yield when_all(order, c.sign << sign & (m.sign == "unstable")).conclude("unstable")
    other = c.sign << (m.k == "fracture-sign") & (m.sign == "fresh") & (m.level != "") & (m.level != c.order.level)
    yield when_all(c.order << TARGET & (m.level != ""), other, _none("fresh", "level")).conclude("level")
    yield from _dated(order)
    yield when_all(order, c.pain << (m.k == "fracture-pain") & (m.state == "mild")).conclude("mild")
    scores = [getattr(c, f"no_{state}") << absent("fracture-pain", state=state) for state in ("severe", "mild")]
    yield when_all(order, *scores).conclude("pain")
    yield when_all(
        order,
        c.unproved << absent("listed-fracture", cause="osteoporotic"),
        c.no_bone << absent("condition", set="osteoporosis", concept="osteoporosis", active="1"),
        c.no_tumour << absent("condition", set="spinal-malignancy", active="1"),
    ).conclude("cause")


def _none(sign: str, by: str) -> Any:
    """No sign of this kind in the order's region, or at its level."""
    alias = getattr(c, f"no_{SIGNS.index(sign)}_{by}")
    here = m.region == c.order.region if by == "region" else m.level == c.order.level
    return alias << absent("fracture-sign", by=by, sign=sign) & here


def _healed() -> Iterator[Rule]:
    placed, unplaced = c.order << TARGET & (m.level != ""), c.order << TARGET & (m.level == "")
    for old in OLD:
        sign = (m.k == "fracture-sign") & (m.sign == old) & (m.region == c.order.region)
        there = c.sign << sign & (m.level == c.order.level)
        yield when_all(placed, there, _none("fresh", "level")).conclude("healed")
        yield when_all(placed, c.sign << sign & (m.level == ""), _none("fresh", "region")).conclude("healed")
        yield when_all(unplaced, c.sign << sign, _none("fresh", "region")).conclude("healed")


def _further() -> Iterator[Rule]:
    """A level named besides the first that images call healed or not fresh."""
    more = (m.k == "order-level") & (m.concept == "vertebral-augmentation") & (m.origin == "order")
    unfresh = c.unfresh << absent("fracture-sign", by="level", sign="fresh") & (m.level == c.level.level)
    for old in OLD:
        sign = c.sign << (m.k == "fracture-sign") & (m.sign == old) & (m.level == c.level.level)
        yield when_all(c.order << TARGET, c.level << more, sign, unfresh).conclude("further-healed")


def _unshown() -> Iterator[Rule]:
    """No report speaks of the age of the fracture ordered; a radiograph's word is not enough."""
    unplaced = c.order << TARGET & (m.level == "") & (m.region != "")
    yield when_all(unplaced, *(_none(sign, "region") for sign in SIGNS)).conclude("image")
    levelless = [
        getattr(c, f"no_{old.replace('-', '_')}") << absent("fracture-sign", sign=old, level="") for old in OLD
    ]
    yield when_all(
        c.order << TARGET & (m.level != ""),
        _none("fresh", "region"),
        *(_none(sign, "level") for sign in OLD),
        *levelless,
    ).conclude("image")
    nothing = [getattr(c, f"no_{n}") << absent("fracture-sign", sign=sign) for n, sign in enumerate(SIGNS)]
    yield when_all(c.order << TARGET & (m.region == ""), *nothing).conclude("image")
    fresh = c.sign << (m.k == "fracture-sign") & (m.sign == "fresh") & (m.region == c.order.region)
    yield when_all(c.order << TARGET, fresh, c.unimaged << absent("fracture-image")).conclude("image")


def _dated(order: Any) -> Iterator[Rule]:
    none = {window: getattr(c, f"no_{window}") << absent("listed-fracture", window=window) for window in WINDOWS}
    late = c.fracture << (m.k == "listed-fracture") & (m.window == "late")
    yield when_all(order, late, *(none[window] for window in WINDOWS if window != "late")).conclude("late")
    yield when_all(order, *(none[window] for window in WINDOWS if window != "unknown")).conclude("onset")
