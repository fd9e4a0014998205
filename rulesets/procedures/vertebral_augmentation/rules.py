"""A painful osteoporotic vertebral fracture that images show fresh → augmentation, and why not."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

REGIONS = ("thoracic", "lumbar")
YOUNG = ("acute", "subacute")
OLD = ("healed", "not-fresh")


def rules(_: Values) -> Iterator[Rule]:
    image = c.image << (m.k == "fracture-image")
    for region in REGIONS:
        fresh = (m.k == "fracture-sign") & (m.sign == "fresh") & (m.region == region)
        unhealed = c.unhealed << absent("fracture-sign", by="level", sign="healed") & (m.level == c.sign.level)
        nowhere = c.unhealed << absent("fracture-sign", sign="healed", level="")
        for test, whole in ((m.level != "", unhealed), (m.level == "", nowhere)):
            yield when_all(c.sign << fresh & test, whole, image).derive(
                "fresh-fracture", region=region, level=c.sign.level
            )
    yield from _open()
    yield from _judged()
    yield from _against()
    yield from _unseen()
    for origin in ("suggestion", "order"):
        asked = (m.k == "proposal") & (m.procedure == "vertebral-augmentation") & (m.origin == origin)
        yield when_all(c.proposal << asked, c.calm << absent("red-flag")).conclude("bone-health")


def _view() -> tuple[Any, Any]:
    return c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag")


def _open() -> Iterator[Rule]:
    """The fracture on the list is the fresh one; it is stable, not said to hurt little, and nobody has treated it."""
    fracture, fresh = (m.k == "listed-fracture"), (m.k == "fresh-fracture")
    here = fracture & (m.region == c.fresh.region)
    rest = (
        *_view(),
        c.stable << absent("fracture-sign", sign="unstable"),
        c.sore << absent("fracture-pain", state="mild"),
        c.untreated << absent("recent-augmentation", by="region") & (m.region == c.fresh.region),
        c.nowhere << absent("recent-augmentation", region=""),
    )
    pairs = (
        (c.fresh << fresh, c.fracture << here & (m.level == c.fresh.level)),
        (c.fresh << fresh & (m.level != ""), c.fracture << here & (m.level == "")),
        (c.fresh << fresh, c.fracture << fracture & (m.region == "")),
        # A report without levels means the fracture whose level the list names.
        (c.fresh << fresh & (m.level == ""), c.fracture << here & (m.level != "")),
    )
    for pair in pairs:
        yield when_all(*pair, *rest).derive(
            "augmentable",
            region=c.fresh.region,
            level=c.fresh.level,
            window=c.fracture.window,
            cause=c.fracture.cause,
        )


def _judged() -> Iterator[Rule]:
    severe = c.pain << (m.k == "fracture-pain") & (m.state == "severe")
    for window in YOUNG:
        sure = c.fracture << _augmentable(window, "osteoporotic")
        yield from _suggested("suggest", sure, severe, c.care << (m.k == "conservative-care"))
        yield from _suggested("consider-care", sure, severe, c.care << absent("conservative-care"))
        yield from _suggested("consider-pain", sure, c.unscored << absent("fracture-pain", state="severe"))
    dated = [getattr(c, f"no_{window}") << absent("listed-fracture", window=window) for window in YOUNG]
    yield from _suggested("consider-onset", c.fracture << _augmentable("unknown", "osteoporotic"), *dated)
    for window in (*YOUNG, "unknown"):
        unsaid = c.fracture << _augmentable(window, "unsaid")
        yield from _suggested("consider-cause", unsaid, c.unproved << absent("listed-fracture", cause="osteoporotic"))
    late = (m.k == "augmentable") & (m.window == "late")
    undated = c.no_unknown << absent("listed-fracture", window="unknown")
    yield when_all(c.fracture << late, *dated, undated).conclude("late")


def _augmentable(window: str, cause: str) -> Any:
    return (m.k == "augmentable") & (m.window == window) & (m.cause == cause)


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure="vertebral-augmentation",
        title="vertebral augmentation",
        region=c.fracture.region,
        level=c.fracture.level,
    )


def _against() -> Iterator[Rule]:
    """A fracture on the list that should not be augmented: unstable, hurting little, healed, or at another level."""
    fresh = c.fresh << (m.k == "fresh-fracture")
    listed = c.fracture << (m.k == "listed-fracture")
    unstable = c.unstable << (m.k == "fracture-sign") & (m.sign == "unstable")
    yield when_all(listed, fresh, unstable, *_view()).conclude("unstable")
    mild = c.pain << (m.k == "fracture-pain") & (m.state == "mild")
    yield when_all(listed, fresh, mild, *_view()).conclude("mild")
    current = (m.k == "listed-fracture") & (m.care == "current")
    none = c.none << absent("fracture-sign", sign="fresh")
    for sign in OLD:
        old = c.sign << (m.k == "fracture-sign") & (m.sign == sign) & (m.region != "")
        here = current & (m.region == c.sign.region)
        for seen, fracture in (
            (old, here & (m.level == c.sign.level)),
            (old & (m.level != ""), here & (m.level == "")),
            (old & (m.level == ""), here & (m.level != "")),
            (old, current & (m.region == "")),
        ):
            yield when_all(seen, c.fracture << fracture, none, *_view()).conclude("healed")
            yield when_all(seen, c.fracture << fracture, none, *_view()).conclude("bone-health")
    placed = c.fracture << (m.k == "listed-fracture") & (m.level != "")
    other = c.fresh << (m.k == "fresh-fracture") & (m.level != "") & (m.level != c.fracture.level)
    unseen = c.unseen << absent("fracture-sign", by="level", sign="fresh") & (m.level == c.fracture.level)
    yield when_all(placed, other, unseen, *_view()).conclude("level-differs")


def _unseen() -> Iterator[Rule]:
    """A fracture that may be fresh and no image that says so; and a fresh one that no diagnosis names."""
    signs = [getattr(c, f"no_{n}") << absent("fracture-sign", sign=sign) for n, sign in enumerate((*OLD, "fresh"))]
    image = m.k == "fracture-image"
    for window in (*YOUNG, "unknown"):
        current = (m.k == "listed-fracture") & (m.care == "current") & (m.window == window)
        anyplace, anywhere = c.fracture << current, c.fracture << current & (m.region == "")
        somewhere = c.fracture << current & (m.region != "")
        here = m.region == c.fracture.region
        unseen = c.unseen << absent("fracture-image")
        unseen_here = c.unseen << absent("fracture-image", by="region") & here
        # A radiograph may call a fracture acute; it does not show whether it is.
        for outcome in ("unimaged", "bone-health"):
            yield when_all(anyplace, unseen, *signs[:2], *_view()).conclude(outcome)
            yield when_all(somewhere, unseen_here, *signs, *_view()).conclude(outcome)
        for outcome in ("unread", "bone-health"):
            yield when_all(anywhere, c.image << image, *signs, *_view()).conclude(outcome)
            yield when_all(somewhere, c.image << image & here, *signs, *_view()).conclude(outcome)
    unlisted = (
        c.uncurrent << absent("listed-fracture", care="current"),
        c.unhealing << absent("listed-fracture", care="healing"),
        # Treated, or closed on the list since the image.
        c.untreated << absent("recent-augmentation"),
        c.unclosed << absent("condition", set="compression-fracture", active="0"),
    )
    yield when_all(c.fresh << (m.k == "fresh-fracture"), *unlisted, *_view()).conclude("unlisted")
