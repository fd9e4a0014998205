"""Complex regional pain syndrome of a limb → sympathetic block, its repeat, or its end; and what an order lacks."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

BLOCK = "sympathetic-block"
# The way to the limb, and the limb it does not reach.
MISSES = {"cervical": ("leg", "arm"), "lumbar": ("arm", "leg")}
SIDES = (("left", "right"), ("right", "left"))


def rules(p: Values) -> Iterator[Rule]:
    yield from _suggestions(p)
    yield from _orders()


def _suggestions(p: Values) -> Iterator[Rule]:
    sure = (m.limb != "") & (m.confirmed == 1)
    first = c.first << absent("procedure", by="region", concept=BLOCK) & (m.region == c.crps.region)
    care, untried = c.care << (m.k == "conservative-care"), c.untried << absent("conservative-care")
    yield from _suggested("suggest", *_crps(sure), first, care, c.signs << (m.k == "crps-signs"))
    yield from _suggested("consider-signs", *_crps(sure), first, care, c.unsaid << absent("crps-signs"))
    yield from _suggested("consider-care", *_crps(sure), first, untried)
    yield from _suggested("consider-provisional", *_crps((m.limb != "") & (m.confirmed == 0)), first)
    placed = (c.no_arm << absent("crps", limb="arm"), c.no_leg << absent("crps", limb="leg"))
    yield when_all(*_crps(m.limb == ""), *placed).conclude("limb-unknown")
    open_ = c.open << absent("blocks-spent", by="region") & (m.region == c.crps.region)
    helped = (m.k == "relief") & (m.concept == BLOCK) & (m.rank == 0) & (m.percent >= float(p("response_percent")))
    yield from _suggested("again", *_crps(sure), c.relief << helped & (m.region == c.crps.region), open_)
    block = c.block << _done() & (m.region == c.crps.region)
    unknown = c.unknown << absent("relief", by="region", concept=BLOCK, rank="0") & (m.region == c.crps.region)
    yield when_all(*_crps(sure), block, unknown, open_).conclude("relief-unknown")
    spent = c.spent << (m.k == "blocks-spent") & (m.region == c.crps.region)
    yield when_all(*_crps(sure), spent).conclude("no-more")


def _orders() -> Iterator[Rule]:
    none = c.none << absent("crps")
    axial = c.pain << (m.k == "pain") & (m.pattern == "axial")
    facet = c.pain << (m.k == "pain") & (m.pattern == "facet")
    no_axial, no_facet = c.no_axial << absent("pain", pattern="axial"), c.no_facet << absent("pain", pattern="facet")
    yield when_all(_order(), none, axial).conclude("order-axial")
    yield when_all(_order(), none, facet, no_axial).conclude("order-axial")
    yield when_all(_order(), none, no_axial, no_facet).conclude("order-no-diagnosis")
    for region, (missed, reached) in MISSES.items():
        other = c.crps << (m.k == "crps") & (m.limb == missed)
        not_here = (c.no_limb << absent("crps", limb=reached), c.no_other << absent("crps", limb=""))
        yield when_all(_order(m.region == region), other, *not_here).conclude("order-wrong-limb")
    for side, other in SIDES:
        opposite = c.crps << (m.k == "crps") & (m.side == other) & (m.region == c.order.region)
        open_ = [absent("crps", by="region", side=name) for name in (side, "bilateral", "")]
        nowhere = [getattr(c, f"no_{n}") << item & (m.region == c.order.region) for n, item in enumerate(open_)]
        yield when_all(_order(m.side == side), opposite, *nowhere).conclude("order-wrong-side")
    here = c.crps << (m.k == "crps") & (m.region == c.order.region)
    yield when_all(_order(m.region != ""), here, c.unsaid << absent("crps-signs")).conclude("order-no-signs")
    yield when_all(_order(m.region != ""), here, c.untried << absent("conservative-care")).conclude("order-no-care")
    block = c.block << _done() & (m.region == c.order.region)
    unknown = c.unknown << absent("relief", by="region", concept=BLOCK, rank="0") & (m.region == c.order.region)
    open_again = c.open << absent("blocks-spent", by="region") & (m.region == c.order.region)
    yield when_all(_order(m.region != ""), block, unknown, open_again).conclude("order-relief-unknown")
    spent = c.spent << (m.k == "blocks-spent") & (m.region == c.order.region)
    yield when_all(_order(m.region != ""), spent).conclude("order-no-more")


def _crps(test: Any) -> tuple[Any, Any, Any]:
    return (
        c.crps << (m.k == "crps") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _done() -> Any:
    return (m.k == "procedure") & (m.concept == BLOCK)


def _order(test: Any = None) -> Any:
    ordered = (m.k == "target") & (m.origin == "order") & (m.procedure == BLOCK)
    return c.order << (ordered if test is None else ordered & test)


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome, *patterns, procedure=BLOCK, title="sympathetic block", region=c.crps.region, side=c.crps.side
    )
