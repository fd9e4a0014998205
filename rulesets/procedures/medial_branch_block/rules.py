"""Facet pain without a nerve in play → two staged diagnostic medial branch blocks, each judged by its relief."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

SIDES = (("left", "right"), ("right", "left"))


def rules(p: Values) -> Iterator[Rule]:
    yield from _first(p)
    yield from _second()
    yield from _read_the_answer()
    yield from _orders()


def _first(p: Values) -> Iterator[Rule]:
    """No block and no ablation of the region on record yet."""
    enough = c.care << (m.k == "conservative-care") & (m.weeks >= p("care_weeks"))
    little = c.care << (m.k == "conservative-care") & (m.weeks < p("care_weeks"))
    fresh = (
        _none("medial-branch-block", "no_block"),
        _none("medial-branch-radiofrequency", "no_ablation"),
        # Widespread pain has its own answer.
        c.one_place << absent("pain", pattern="widespread"),
    )
    facet = c.pain << (m.k == "facet-evidence") & (m.pattern == "facet") & (m.confirmed == 1)
    seen = c.pain << (m.k == "facet-evidence") & (m.pattern == "facet") & (m.confirmed == 0)
    long = c.long << (m.k == "lasting-pain") & (m.region == c.pain.region)
    yield from _suggested("suggest", c.pain.side, facet, *fresh, long, enough)
    yield from _suggested("consider-care", c.pain.side, facet, *fresh, long, little)
    yield from _suggested("consider-care", c.pain.side, facet, *fresh, long, c.care << absent("conservative-care"))
    yield from _suggested("consider-examination", c.pain.side, seen, *fresh, long, enough)
    short = c.short << absent("lasting-pain", by="region") & (m.region == c.pain.region)
    yield when_all(facet, *fresh, short).conclude("not-yet")


def _second() -> Iterator[Rule]:
    """A good first block, and no second one of its side."""
    pain = c.pain << (m.k == "facet-evidence")
    good = (m.k == "block-answer") & (m.answer == "good") & (m.region == c.pain.region)
    poor = (m.k == "block-answer") & (m.answer == "poor") & (m.region == c.pain.region)
    alone = (
        c.no_unknown << absent("block-answer", by="region", answer="unknown") & (m.region == c.pain.region),
        _unanswered("pain"),
        _none("medial-branch-radiofrequency", "no_ablation"),
    )
    no_poor = c.no_poor << absent("block-answer", by="region", answer="poor") & (m.region == c.pain.region)
    yield from _suggested("suggest-second", c.block.side, pain, c.block << good, no_poor, *alone)
    for side, other in SIDES:
        one, another = c.block << good & (m.side == side), c.poor << poor & (m.side == other)
        undisputed = c.undisputed << absent("facet-dispute", by="region") & (m.region == c.pain.region)
        yield from _suggested("suggest-second", c.block.side, pain, one, another, undisputed, *alone)


def _read_the_answer() -> Iterator[Rule]:
    pain = c.pain << (m.k == "facet-evidence")
    block = (m.k == "block-answer") & (m.region == c.pain.region)
    no_ablation = _none("medial-branch-radiofrequency", "no_ablation")
    no_poor = c.no_poor << absent("block-answer", by="region", answer="poor") & (m.region == c.pain.region)
    no_good = c.no_good << absent("block-answer", by="region", answer="good") & (m.region == c.pain.region)
    unknown = c.done << block & (m.answer == "unknown")
    yield when_all(pain, unknown, no_poor, _unanswered("pain"), no_ablation).conclude("blocks-on-record")
    yield when_all(pain, c.block << block & (m.answer == "poor"), no_good, no_ablation).conclude("block-negative")
    dispute = c.dispute << (m.k == "facet-dispute") & (m.region == c.pain.region)
    yield when_all(pain, dispute, no_ablation).conclude("blocks-disagree")


def _orders() -> Iterator[Rule]:
    """A block ordered after two good ones, or after one that did not help."""
    is_block = (m.k == "target") & (m.origin == "order") & (m.procedure == "medial-branch-block") & (m.region != "")
    order = c.order << is_block
    no_ablation = c.no_ablation << absent("procedure", by="region", concept="medial-branch-radiofrequency") & (
        m.region == c.order.region
    )
    response = (m.k == "facet-response") & (m.region == c.order.region)
    poor = (m.k == "block-answer") & (m.answer == "poor") & (m.region == c.order.region)
    no_good = c.no_good << absent("block-answer", by="region", answer="good") & (m.region == c.order.region)
    for found, alias, outcome, more in (
        (response, c.response, "order-third", (no_ablation,)),
        (poor, c.block, "order-after-negative", (no_good,)),
    ):
        same = alias << found & (m.side == c.order.side)
        yield when_all(order, same, *more).conclude(outcome)
        for side in ("", "bilateral"):
            yield when_all(order, alias << found & (m.side == side) & (m.side != c.order.side), *more).conclude(outcome)
            anywhere = alias << found & (m.side != c.order.side)
            yield when_all(c.order << is_block & (m.side == side), anywhere, *more).conclude(outcome)
    short = c.short << absent("lasting-pain", by="region") & (m.region == c.order.region)
    pain = c.pain << (m.k == "pain") & (m.pattern == "facet") & (m.region == c.order.region)
    none = c.no_block << absent("procedure", by="region", concept="medial-branch-block") & (m.region == c.order.region)
    yield when_all(order, pain, short, none).conclude("order-early")


def _none(procedure: str, alias: str) -> Any:
    return getattr(c, alias) << absent("procedure", by="region", concept=procedure) & (m.region == c.pain.region)


def _unanswered(alias: str) -> Any:
    region = getattr(c, alias).region
    return c.no_response << absent("facet-response", by="region") & (m.region == region)


def _suggested(outcome: str, side: Any, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure="medial-branch-block",
        title="diagnostic medial branch block",
        region=c.pain.region,
        side=side,
    )
