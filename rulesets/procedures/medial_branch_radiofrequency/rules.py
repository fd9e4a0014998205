"""Facet pain that two diagnostic blocks answered → radiofrequency ablation; what it did → whether to repeat it."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

SIDES = (("left", "right"), ("right", "left"))
ABLATION, BLOCK = "medial-branch-radiofrequency", "medial-branch-block"


def rules(p: Values) -> Iterator[Rule]:
    yield from _ready()
    yield from _first()
    yield from _other_side()
    yield from _again(p)
    yield from _ordered(p)
    yield from _ordered_again(p)


def _ready() -> Iterator[Rule]:
    """The side that the blocks answered for, unless the pain is on the other."""
    response = (m.k == "facet-response") & (m.region == c.pain.region)
    wide = c.pain << (m.k == "facet-evidence") & ((m.side == "") | (m.side == "bilateral"))
    one = c.pain << (m.k == "facet-evidence") & (m.side != "") & (m.side != "bilateral")
    for pain, found, side in (
        (wide, response, c.response.side),
        (one, response & (m.side == c.pain.side), c.response.side),
        (one, response & (m.side == "bilateral"), c.pain.side),
        (one, response & (m.side == ""), ""),
    ):
        yield when_all(pain, c.response << found).derive(
            "facet-ready", pattern=c.pain.pattern, region=c.pain.region, side=side, grade=c.response.grade
        )
    for side, other in SIDES:
        pain = c.pain << (m.k == "facet-evidence") & (m.side == side)
        mine = [absent("facet-response", by="region", side=name) for name in (side, "bilateral", "")]
        none = [getattr(c, f"no_{n}") << item & (m.region == c.pain.region) for n, item in enumerate(mine)]
        yield when_all(pain, c.response << response & (m.side == other), *none).conclude("sides-differ")


def _first() -> Iterator[Rule]:
    """No ablation of the region yet."""
    ready, here = (m.k == "facet-ready"), (m.region == c.ready.region)
    fresh = c.no_ablation << absent("procedure", by="region", concept=ABLATION) & here
    agreed = c.agreed << absent("facet-dispute", by="region") & here
    facet = ready & (m.pattern == "facet")
    yield from _suggested("suggest", c.ready << facet & (m.side != "") & (m.grade == "strong"), fresh, agreed)
    for side in ("left", "right", "bilateral"):
        # A third block may have made a better pair.
        no_strong = c.no_strong << absent("facet-response", by="region", grade="strong", side=side) & here
        half = c.ready << facet & (m.side == side) & (m.grade == "half")
        yield from _suggested("suggest-half", half, fresh, agreed, no_strong)
    yield from _suggested("side-unknown", c.ready << facet & (m.side == ""), fresh, agreed)
    yield from _suggested("undiagnosed", c.ready << ready & (m.pattern == "axial"), fresh, agreed)


def _other_side() -> Iterator[Rule]:
    """One side is done; the other answered too."""
    for side, other in SIDES:
        ready = c.ready << (m.k == "facet-ready") & ((m.side == other) | (m.side == "bilateral"))
        done = c.done << (m.k == "procedure") & (m.concept == ABLATION) & (m.side == side)
        none = [absent("procedure", by="region", concept=ABLATION, side=name) for name in (other, "bilateral", "")]
        open_side = [getattr(c, f"no_{n}") << item & (m.region == c.ready.region) for n, item in enumerate(none)]
        patterns = (ready, done & (m.region == c.ready.region), *open_side)
        yield from suggest("other-side", *patterns, **_ablation(other))


def _again(p: Values) -> Iterator[Rule]:
    """The pain is back after the nerves had time to grow back."""
    pain = c.ready << (m.k == "facet-evidence")
    known = _last("relief", m.region == c.ready.region) & (m.age_days >= p("regrow_days"))
    helped, poor = known & (m.percent >= float(p("repeat_relief"))), known & (m.percent < float(p("repeat_relief")))
    untold = _last("unmeasured", m.region == c.ready.region) & (m.age_days >= p("regrow_days"))
    back = c.now << (m.k == "pain-now") & (m.level == "high")
    unscored = c.unscored << absent("pain-now")
    lasted, short = c.done << helped & (m.weeks >= p("repeat_weeks")), c.done << helped & (m.weeks < p("repeat_weeks"))
    yield from _suggested("suggest-repeat", pain, lasted, back, side=c.done.side)
    yield from _suggested("consider-repeat", pain, short, back, side=c.done.side)
    yield from _suggested("is-it-back", pain, c.done << helped, unscored, side=c.done.side)
    for now in (back, unscored):
        yield when_all(pain, c.done << poor, now).conclude("did-not-help")
        yield when_all(pain, c.done << untold, now).conclude("how-much")


def _ordered(p: Values) -> Iterator[Rule]:
    """A first ablation ordered: what the blocks of the region said."""
    here = m.region == c.order.region
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.procedure == ABLATION) & (m.region != "")
    fresh = c.no_ablation << absent("procedure", by="region", concept=ABLATION) & here
    no_block = c.no_block << absent("procedure", by="region", concept=BLOCK) & here
    sent = (m.k == "sent") & (m.key == "procedures")
    yield when_all(order, fresh, no_block, c.sent << sent & (m.state == "complete")).conclude("no-blocks")
    # Procedures that were not all there to read leave open what was done.
    yield when_all(order, fresh, no_block, c.sent << sent & (m.state != "complete")).conclude("blocks-not-read")
    none = c.no_response << absent("facet-response", by="region") & here
    answers = {name: (m.k == "block-answer") & (m.answer == name) & here for name in ("good", "poor", "unknown")}
    no_poor = c.no_poor << absent("block-answer", by="region", answer="poor") & here
    no_unknown = c.no_unknown << absent("block-answer", by="region", answer="unknown") & here
    yield when_all(order, c.block << answers["good"], fresh, none, no_poor, no_unknown).conclude("one-block")
    yield when_all(order, c.block << answers["unknown"], fresh, none, no_poor).conclude("relief-unknown")
    yield when_all(order, c.block << answers["poor"], fresh, none).conclude("block-poor")
    response = c.response << (m.k == "facet-response") & here
    dispute = c.dispute << (m.k == "facet-dispute") & here
    yield when_all(order, response, dispute, fresh).conclude("disputed")
    for side, other in SIDES:
        mine = [absent("facet-response", by="region", side=name) for name in (side, "bilateral", "")]
        nowhere = [getattr(c, f"no_{n}") << item & here for n, item in enumerate(mine)]
        blocked = c.response << (m.k == "facet-response") & here & (m.side == other)
        yield when_all(_order(m.side == side), blocked, fresh, *nowhere).conclude("other-side-blocked")


def _ordered_again(p: Values) -> Iterator[Rule]:
    """A repeat ordered: when the last one was, and what it did; an ablation of the other side is no repeat."""
    medicare, regrown = p("medicare_days"), p("regrow_days")
    here = m.region == c.order.region
    done = (m.k == "procedure") & (m.concept == ABLATION) & here
    recent = done & (m.age_days >= 0) & (m.age_days < medicare)
    early = done & (m.age_days >= medicare) & (m.age_days < regrown)
    poor = _last("relief", here) & (m.percent < float(p("repeat_relief")))
    for found, outcome in (
        (recent, "too-early"),
        (early, "before-regrowth"),
        (poor, "last-did-not-help"),
        (_last("unmeasured", here), "last-unknown"),
    ):
        yield when_all(_order(m.region != ""), c.done << found & (m.side == c.order.side)).conclude(outcome)
        for side in ("", "bilateral"):
            wide = c.done << found & (m.side == side) & (m.side != c.order.side)
            yield when_all(_order(m.region != ""), wide).conclude(outcome)
            yield when_all(_order(m.side == side), c.done << found & (m.side != c.order.side)).conclude(outcome)


def _last(kind: str, here: Any) -> Any:
    return (m.k == kind) & (m.concept == ABLATION) & (m.rank == 0) & here


def _order(test: Any) -> Any:
    is_ablation = (m.k == "target") & (m.origin == "order") & (m.procedure == ABLATION) & (m.region != "")
    return c.order << is_ablation & test


def _suggested(outcome: str, *patterns: Any, side: Any = None) -> Iterator[Rule]:
    return suggest(outcome, *patterns, **_ablation(c.ready.side if side is None else side))


def _ablation(side: Any) -> dict[str, Any]:
    title = "medial branch radiofrequency ablation"
    return {"procedure": ABLATION, "title": title, "region": c.ready.region, "side": side}
