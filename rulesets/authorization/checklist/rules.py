"""Ordered procedures, and suggested epidurals that the evidence carries → requests, of which criteria are asked."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

EPIDURAL = "epidural"
ROOT_BLOCK, OF_ROOTS = "selective-nerve-root-block", "root-block"


def rules(_: Values) -> Iterator[Rule]:
    ordered = (m.k == "target") & (m.origin == "order") & (m.risk != "none")
    others = c.target << ordered & (m.family != EPIDURAL)
    yield _request(c.target.family, c.target.procedure, others)
    suggested = (m.k == "target") & (m.origin == "suggestion") & (m.family == EPIDURAL)
    for family, test in ((EPIDURAL, m.procedure != ROOT_BLOCK), (OF_ROOTS, m.procedure == ROOT_BLOCK)):
        yield _request(family, family, c.target << ordered & (m.family == EPIDURAL) & test)
        for state in ("complete", "early"):
            carried = c.evidence << (m.k == "evidence") & (m.state == state) & (m.region == c.target.region)
            yield _request(family, family, c.target << suggested & test, carried & (m.side == c.target.side))
            if family == EPIDURAL:
                # Midline approaches may be proposed without a side.
                yield _request(family, family, c.target << suggested & test & (m.side == ""), carried)
    yield from _opposite()


def _opposite() -> Iterator[Rule]:
    for side, other in (("left", "right"), ("right", "left")):
        yield when_all(c.request << (m.k == "request") & (m.side == side)).derive("opposite", side=side, other=other)
    either = (m.k == "request") & (m.side != "left") & (m.side != "right")
    yield when_all(c.request << either).derive("opposite", side=c.request.side, other="none")


def _request(family: Any, subject: Any, *patterns: Any) -> Rule:
    names = ("procedure", "title", "region", "side", "level", "origin", "in_days")
    of_target = {name: getattr(c.target, name) for name in names}
    return when_all(*patterns).derive("request", family=family, subject=subject, **of_target)
