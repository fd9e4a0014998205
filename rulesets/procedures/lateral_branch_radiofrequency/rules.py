"""Two clear sacroiliac blocks and pain that is back → ablation; ablation that failed → an opinion on fusion."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

SELF = "lateral-branch-radiofrequency"
BLOCK = "sacroiliac-joint-injection"


def rules(p: Values) -> Iterator[Rule]:
    base = (
        c.pain << (m.k == "pain") & (m.pattern == "sacroiliac"),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.no_nerve << absent("nerve-pain", region="lumbar"),
        c.no_stray << absent("nerve-pain", region=""),
    )
    past = (m.k == "sacroiliac-past") & (m.procedure == SELF) & (m.side == c.pain.side)
    blocks = c.blocks << (m.k == "clear-blocks") & (m.side == c.pain.side)
    fresh = c.past << past & (m.state == "none")
    yield from _suggested("suggest", *base, blocks & (m.side != ""), fresh)
    yield when_all(*base, blocks & (m.side == ""), fresh).conclude("side-unknown")
    yield from _after(p, base, blocks, past)
    yield from _orders()


def _after(p: Values, base: tuple[Any, ...], blocks: Any, past: Any) -> Iterator[Rule]:
    """An ablation of this side is on record: let it settle, then ask what it relieved."""
    settled = m.age_days >= p("settle_days")
    done = c.done << (m.k == "sacroiliac-session") & (m.procedure == SELF) & (m.rank == 0) & (m.side == c.pain.side)
    yield when_all(*base, done & settled, c.past << past & (m.state == "untold")).conclude("relief-missing")
    answer = (m.k == "sacroiliac-answer") & (m.procedure == SELF) & (m.rank == 0) & (m.side == c.pain.side) & settled
    poor = c.answer << answer & (m.answer == "poor")
    yield when_all(*base, poor, blocks).conclude("fusion-opinion")
    yield when_all(*base, poor, c.no_blocks << absent("clear-blocks")).conclude("look-again")
    helped = c.answer << answer & (m.answer != "poor")
    yield from _suggested("repeat", *base, helped & (m.age_days >= p("repeat_days")))
    yield when_all(*base, helped & (m.age_days < p("repeat_days"))).conclude("too-soon")


def _orders() -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.procedure == SELF) & (m.origin == "order")
    first = c.first << absent("procedure", concept=SELF)
    poor = c.answer << (m.k == "sacroiliac-answer") & (m.procedure == BLOCK) & (m.rank == 0) & (m.answer == "poor")
    not_poor = c.not_poor << absent("sacroiliac-answer", procedure=BLOCK, rank="0", answer="poor")
    yield when_all(order, first, c.unproven << absent("clear-blocks"), not_poor).conclude("order-blocks-missing")
    yield when_all(order, first, poor).conclude("order-against-block")
    yield when_all(order, c.payer << (m.k == "coverage") & (m.concept == "medicare")).conclude("order-not-covered")


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure=SELF,
        title="lateral branch radiofrequency ablation",
        region="sacroiliac",
        side=c.pain.side,
    )
