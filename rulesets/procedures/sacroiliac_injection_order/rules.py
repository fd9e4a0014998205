"""A draft order of a sacroiliac joint injection → what it lacks, and what speaks against it."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

SELF = "sacroiliac-joint-injection"


def rules(_: Values) -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.procedure == SELF) & (m.origin == "order")
    yield when_all(order, c.nothing << absent("pain", pattern="sacroiliac")).conclude("order-without-diagnosis")
    yield when_all(order, _pain(), c.untested << absent("provocation-cluster")).conclude("order-without-tests")
    yield when_all(order, c.tests << (m.k == "negative-tests")).conclude("order-tests-negative")
    for side, other in (("left", "right"), ("right", "left")):
        same = [absent("pain", pattern="sacroiliac", side=name) for name in (side, "bilateral", "")]
        nowhere = [getattr(c, f"no_{n}") << item for n, item in enumerate(same)]
        yield when_all(order & (m.side == side), _pain() & (m.side == other), *nowhere).conclude("order-wrong-side")
    last = (m.k == "sacroiliac-answer") & (m.procedure == SELF) & (m.rank == 0)
    yield when_all(order, c.answer << last & (m.answer == "poor")).conclude("order-after-no-help")
    untold = c.past << (m.k == "sacroiliac-past") & (m.procedure == SELF) & (m.state == "untold")
    yield when_all(order, untold).conclude("order-relief-missing")


def _pain() -> Any:
    return c.pain << (m.k == "pain") & (m.pattern == "sacroiliac")
