"""Root pain whose root is open, came back after surgery, or sits in the neck → a block of one root."""

from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from operator import and_
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

BLOCK = "selective-nerve-root-block"
SPINE = [f"{part}{n}" for part, last in (("C", 8), ("T", 12), ("L", 5), ("S", 1)) for n in range(1, last + 1)]
# A root by its number, or by the disc or foramen beside it. The eighth cervical root has no vertebra of its own.
BONES = [name for name in SPINE if name != "C8"]
ONE = [*SPINE, *(f"{upper}-{lower}" for upper, lower in pairwise(BONES))]


def rules(p: Values) -> Iterator[Rule]:
    for side in ("left", "right"):
        yield from _questions(side)
    for why in ("other-level", "levels-alike", "after-surgery", "neck"):
        yield from _suggested(why, p)
    yield from _answers(p)
    yield from _orders()


def _questions(side: str) -> Iterator[Rule]:
    """Why one root should be proven; the first reason that holds is said."""
    carried = (m.k == "evidence") & (m.pattern == "radicular") & (m.side == side) & (m.state != "incomplete")
    evidence = c.evidence << carried
    elsewhere = c.other << (m.k == "root-elsewhere") & (m.side == side) & (m.region == c.evidence.region)
    yield _question("other-level", evidence, elsewhere, c.nowhere << _none("root-agrees"))
    named = c.named << _none("root-elsewhere")
    alike = c.alike << (m.k == "roots-alike") & (m.side == side) & (m.region == c.evidence.region)
    yield _question("levels-alike", evidence, alike & (m.finding == "nerve-root-compression"), named)
    unpressed = absent("statement", by="region", concept="nerve-root-compression", negated="0")
    free = c.free << unpressed & (m.region == c.evidence.region)
    yield _question("levels-alike", evidence, alike & (m.finding != "nerve-root-compression"), free, named)
    single = c.single << _none("roots-alike")
    operated = c.operated << (m.k == "operated-spine") & (m.region == c.evidence.region)
    yield _question("after-surgery", evidence, operated, named, single)
    unoperated = c.unoperated << _none("operated-spine")
    yield _question("neck", evidence & (m.region == "cervical"), named, single, unoperated)


def _none(kind: str) -> Any:
    return absent(kind, by="region") & (m.region == c.evidence.region)


def _question(why: str, *patterns: Any) -> Rule:
    fields = {name: getattr(c.evidence, name) for name in ("region", "side", "level")}
    return when_all(*patterns).derive("root-to-prove", why=why, **fields)


def _suggested(why: str, p: Values) -> Iterator[Rule]:
    """Beside the first epidural, whose proposal safety looks at already; or after one that failed, by itself."""
    fresh = absent("procedure", by="region", concept=BLOCK)
    view = (
        c.root << (m.k == "root-to-prove") & (m.why == why),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.fresh << fresh & (m.region == c.root.region),
    )
    elsewhere = (m.k == "root-elsewhere") & (m.region == c.root.region) & (m.side == c.root.side)
    found = (c.found << elsewhere,) if why == "other-level" else ()
    untried = c.untried << absent("epidural-tried", by="region") & (m.region == c.root.region)
    yield when_all(*view, untried, *found).conclude(why)
    failed = (m.k == "epidural-failed") & (m.age_days >= p("changed_days")) & (m.region == c.root.region)
    again = c.again << absent("epidural-helped-since", by="region") & (m.region == c.root.region)
    yield when_all(*view, c.failed << failed, again, *found).conclude(why)
    yield when_all(*view, c.failed << failed, again).propose(
        procedure=BLOCK, title="selective nerve root block", region=c.root.region, side=c.root.side, level=c.root.level
    )


def _answers(p: Values) -> Iterator[Rule]:
    pain = (
        c.pain << (m.k == "pain") & (m.pattern == "radicular") & (m.region != ""),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )
    known = (m.k == "relief") & (m.concept == BLOCK) & (m.rank == 0)
    enough, little = (m.percent >= float(p("block_relief"))), (m.percent < float(p("block_relief")))
    yield when_all(*pain, c.relief << known & enough & (m.region == c.pain.region)).conclude("root-proven")
    yield when_all(*pain, c.relief << known & little & (m.region == c.pain.region)).conclude("root-refuted")
    done = c.done << (m.k == "procedure") & (m.concept == BLOCK) & (m.region == c.pain.region)
    yield when_all(*pain, done, c.unknown << _unknown() & (m.region == c.pain.region)).conclude("relief-unknown")


def _orders() -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.procedure == BLOCK)
    yield when_all(order & (m.level == "")).conclude("order-no-root")
    drafted = (m.k == "order") & (m.origin == "order") & (m.region == c.order.region)
    listed = drafted & (m.concept == BLOCK) & (m.levels != 0) & (m.levels != 1)
    yield when_all(order, c.named << listed).conclude("order-several-roots")
    # A stretch ("L3-S1") is one mention of several.
    stretch = reduce(and_, [m.level != name for name in ("", *ONE)])
    yield when_all(order & stretch).conclude("order-several-roots")
    yield when_all(order, c.named << drafted & (m.concept == BLOCK) & (m.coded > 1)).conclude("order-several-roots")
    # The order of a further level often leaves its region to that of the first.
    further = (m.k == "order") & (m.origin == "order") & (m.region == "") & (m.concept == BLOCK) & (m.coded > 1)
    yield when_all(order, c.named << further).conclude("order-several-roots")
    painless = c.painless << absent("pain", by="region") & (m.region == c.order.region)
    yield when_all(order & (m.region != ""), painless).conclude("order-no-pain")
    done = c.done << (m.k == "procedure") & (m.concept == BLOCK) & (m.region == c.order.region)
    unknown = c.unknown << _unknown() & (m.region == c.order.region)
    yield when_all(order & (m.region != ""), done, unknown).conclude("order-relief-unknown")


def _unknown() -> Any:
    return absent("relief", by="region", concept=BLOCK, rank="0")
