"""A request and the sessions so far → whether one more stays within every window; a day is one session."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

COUNTS = {
    "epidural": "authorization-epidural-sessions",
    # A root block is given the way of an epidural, under the same codes.
    "root-block": "authorization-epidural-sessions",
    "medial-branch-block": "authorization-medial-branch-blocks",
    "facet-joint-injection": "authorization-facet-injections",
    "medial-branch-radiofrequency": "authorization-facet-ablations",
    "sacroiliac-joint-injection": "authorization-sacroiliac-sessions",
    "trigger-point-injection": "authorization-trigger-point-sessions",
}
ANYWHERE = "trigger-point-injection"
NO_LIMIT = "none"


def rules(p: Values) -> Iterator[Rule]:
    limits, halves = p.each("limit"), p.each("half")
    counted = (m.k == "request") & one_of("subject", COUNTS)
    by_region = (m.k == "request") & one_of("subject", [subject for subject in COUNTS if subject != ANYWHERE])
    yield when_all(c.request << counted, _incomplete()).conclude("unknown")
    yield when_all(c.request << by_region & (m.region == "")).conclude("without-region")
    for subject, name in COUNTS.items():
        request = (m.k == "request") & (m.subject == subject)
        if subject == ANYWHERE:
            yield from _anywhere(c.request << request, name, limits[subject])
        else:
            yield from _within(c.request << request & (m.region != ""), name, limits[subject], halves.get(subject))


def _anywhere(request: Any, name: str, limit: int) -> Iterator[Rule]:
    year = c.count << _count(name, "year")
    yield when_all(request, year & (m.count >= limit)).conclude("reached")
    yield when_all(request, _complete(), year & (m.count < limit)).conclude("met")
    yield when_all(request, _complete(), c.none << absent("count", name=name, window="year")).conclude("first")


def _within(placed: Any, name: str, limit: int, half: Any) -> Iterator[Rule]:
    here = m.region == c.request.region
    year = c.count << _count(name, "year") & here
    none = c.none << absent("count", by="region", name=name, window="year") & here
    yield when_all(placed, year & (m.count >= limit)).conclude("reached")
    yield when_all(placed, _complete(), none).conclude("first")
    if half in (None, NO_LIMIT):
        yield when_all(placed, _complete(), year & (m.count < limit)).conclude("met")
        return
    lately = c.lately << _count(name, "half") & here
    calm = c.calm << absent("count", by="region", name=name, window="half") & here
    for recent in (lately & (m.count < half), calm):
        yield when_all(placed, _complete(), year & (m.count < limit), recent).conclude("met-twice")
    yield when_all(placed, c.count << _count(name, "half") & here & (m.count >= half)).conclude("reached-in-half")


def _count(name: str, window: str) -> Any:
    return (m.k == "count") & (m.name == name) & (m.window == window)


def _complete() -> Any:
    """Without all procedures a low count proves nothing: unknown is not no."""
    return c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state == "complete")


def _incomplete() -> Any:
    return c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state != "complete")
