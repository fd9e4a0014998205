"""Scar, root pain again after surgery, and an epidural that failed → adhesiolysis as an option."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

LYSIS = "epidural-adhesiolysis"


def rules(_: Values) -> Iterator[Rule]:
    operated = c.operated << (m.k == "operated-spine") & (m.region == "lumbar")
    scar = c.scar << _scar()
    failed = c.failed << (m.k == "epidural-failed") & (m.region == "lumbar")
    since = c.since << absent("epidural-helped-since", region="lumbar")
    care = c.care << (m.k == "conservative-care")
    yield when_all(operated, scar, failed, since, care).derive("scar-pain", region="lumbar")
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    fresh = c.fresh << absent("procedure", concept=LYSIS)
    found = (c.candidate << (m.k == "scar-pain"), *view, fresh, scar, failed)
    root = c.pain << _pain("radicular") & (m.confirmed == 1)
    yield from _suggested("fits", *found, root)
    no_root = c.no_root << absent("pain", region="lumbar", pattern="radicular")
    yield from _suggested("no-root-pain", *found, c.pain << _pain("postsurgical") & (m.confirmed == 1), no_root)
    yield from _orders()


def _orders() -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.procedure == LYSIS)
    unoperated = c.unoperated << absent("operated-spine")
    unscarred = c.unscarred << absent("abnormal-imaging", finding="epidural-scar")
    surgery = c.surgery << (m.k == "operated-spine") & (m.region == "lumbar")
    yield when_all(order, unoperated, unscarred).conclude("order-not-operated")
    yield when_all(order, surgery, unscarred).conclude("order-no-scar")
    untried = c.untried << absent("epidural-tried", region="lumbar")
    yield when_all(order, surgery, untried).conclude("order-no-epidural")
    tried = c.tried << (m.k == "epidural-tried") & (m.region == "lumbar")
    unknown = c.unknown << absent("epidural-relief", region="lumbar")
    yield when_all(order, tried, unknown).conclude("order-relief-unknown")
    helped = c.helped << (m.k == "epidural-relief") & (m.region == "lumbar") & (m.enough == 1)
    yield when_all(order, helped, c.unfailed << absent("epidural-failed", region="lumbar")).conclude("order-helped")


def _scar() -> Any:
    return (m.k == "abnormal-imaging") & (m.finding == "epidural-scar") & (m.region == "lumbar")


def _pain(pattern: str) -> Any:
    return (m.k == "pain") & (m.pattern == pattern) & (m.region == "lumbar")


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome, *patterns, procedure=LYSIS, title="epidural adhesiolysis", region="lumbar", side=c.pain.side
    )
