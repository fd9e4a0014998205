"""A request and the last session of its kind and side → what that did; a first session has nothing to answer."""

from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

EPIDURALS = ("epidural", "root-block")
REPEATED = (
    "facet-joint-injection",
    "medial-branch-radiofrequency",
    "sacroiliac-joint-injection",
    "trigger-point-injection",
)
# Relief is asked for, not its length.
AT_ALL = ("sympathetic-block",)
# Orders and sessions of it seldom name a region: any earlier session counts.
ANYWHERE = "trigger-point-injection"
SIDES = (("left", "right"), ("right", "left"))
# How many sessions in a row may have been of the other side.
SKIPPED = 4


def rules(p: Values) -> Iterator[Rule]:
    weeks = p.each("weeks")
    for subject in (*EPIDURALS, *REPEATED, *AT_ALL):
        request = (m.k == "request") & (m.subject == subject)
        placed = c.request << request if subject == ANYWHERE else c.request << request & (m.region != "")
        if subject != ANYWHERE:
            yield when_all(c.request << request & (m.region == "")).conclude("without-region")
        sent = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state != "complete")
        yield when_all(placed, sent).conclude("unknown")
    for subject in EPIDURALS:
        yield from _epidural(subject, weeks[subject])
    for subject in (*REPEATED, *AT_ALL):
        yield from _first(subject)
        half = float(p("half_relief"))
        for others in _last(subject):
            yield from _answered(subject, *others, half, weeks.get(subject))


def _epidural(subject: str, weeks: int) -> Iterator[Rule]:
    """Whichever approach came last; half the pain gone is what counts (picture/earlier-epidural)."""
    placed = c.request << (m.k == "request") & (m.subject == subject) & (m.region != "")
    here = m.region == c.request.region
    window = {"name": "authorization-epidural-sessions", "window": "year"}
    given = c.done << (m.k == "count") & (m.name == window["name"]) & (m.window == window["window"]) & here
    yield when_all(placed, _complete(), c.first << absent("count", by="region", **window) & here).conclude("first")
    answer = (m.k == "epidural-answer") & here
    unanswered = c.unanswered << absent("epidural-answer", by="region") & here
    yield when_all(placed, given, unanswered).conclude("not-documented")
    yield when_all(placed, given, c.answer << answer & (m.answer == "unknown")).conclude("not-documented")
    last = (m.k == "relief") & (m.concept == c.answer.procedure) & (m.rank == 0) & here
    yield from _long_enough((placed, c.answer << answer & (m.answer == "helped")), last, weeks)
    failed = answer & (m.answer == "failed")
    yield when_all(placed, c.relief << failed & (m.procedure == c.request.procedure)).conclude("poor")
    yield when_all(placed, c.relief << failed & (m.procedure != c.request.procedure)).conclude("other-way")


def _first(subject: str) -> Iterator[Rule]:
    """No session that was of this side, of both or of none."""
    if subject == ANYWHERE:
        none = c.none << absent("procedure", set="spine-procedures", concept=subject)
        yield when_all(c.request << (m.k == "request") & (m.subject == subject), _complete(), none).conclude("first")
        return
    request = (m.k == "request") & (m.subject == subject) & (m.region != "")
    of = {"by": "region", "set": "spine-procedures", "concept": subject}
    here = m.region == c.request.region
    either = c.request << request & (m.side != "left") & (m.side != "right")
    yield when_all(either, _complete(), c.none << absent("procedure", **of) & here).conclude("first")
    for own, _ in SIDES:
        sides = {"own": own, "both": "bilateral", "unknown": ""}
        none = [getattr(c, f"no_{n}") << absent("procedure", **of, side=side) & here for n, side in sides.items()]
        yield when_all(c.request << request & (m.side == own), _complete(), *none).conclude("first")


def _last(subject: str) -> Iterator[tuple[list[Any], list[Any]]]:
    """The request with the sessions since that were of the other side, and the tests of the last one of its own."""
    if subject == ANYWHERE:
        yield [c.request << (m.k == "request") & (m.subject == subject)], [m.rank == 0]
        return
    request = (m.k == "request") & (m.subject == subject) & (m.region != "")
    here = m.region == c.request.region
    yield [c.request << request & (m.side != "left") & (m.side != "right")], [m.rank == 0, here]
    for own, other in SIDES:
        since = [c.request << request & (m.side == own)]
        for rank in range(SKIPPED):
            yield list(since), [m.rank == rank, m.side != other, here]
            done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == subject)
            since.append(getattr(c, f"other_{rank}") << done & (m.rank == rank) & (m.side == other) & here)


def _answered(subject: str, since: list[Any], last: list[Any], half: float, weeks: int | None) -> Iterator[Rule]:
    relief, unmeasured = (
        reduce(and_, last, (m.k == kind) & (m.set == "spine-procedures") & (m.concept == subject))
        for kind in ("relief", "unmeasured")
    )
    yield when_all(*since, c.done << unmeasured).conclude("not-documented")
    if weeks is None:
        yield when_all(*since, c.relief << relief & (m.percent >= half)).conclude("eased")
        yield when_all(*since, c.relief << relief & (m.percent < half)).conclude("poor-at-all")
        return
    yield when_all(*since, c.relief << relief & (m.percent < half)).conclude("poor")
    yield from _long_enough(tuple(since), relief & (m.percent >= half), weeks)


def _long_enough(helped: tuple[Any, ...], relief: Any, weeks: int) -> Iterator[Rule]:
    yield when_all(*helped, c.relief << relief & (m.weeks >= weeks)).conclude("met")
    few = relief & (m.weeks >= 0) & (m.weeks < weeks)
    yield when_all(*helped, c.relief << few & (m.how == "told")).conclude("short")
    # Scores show how long it lasted at the least: few weeks between them are not known to be all.
    yield when_all(*helped, c.relief << few & (m.how == "scores")).conclude("at-least")
    yield when_all(*helped, c.relief << relief & (m.weeks < 0)).conclude("how-long")


def _complete() -> Any:
    return c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state == "complete")
