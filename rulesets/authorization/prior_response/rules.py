"""A request and the last session of its kind and side → what that did; a first session has nothing to answer."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, total, when_all
from service.rules.parameters import Values

EPIDURALS = ("epidural", "root-block")
# Orders and sessions of it seldom name a region: any earlier session counts.
ANYWHERE = "trigger-point-injection"
BLOCK = "selective-nerve-root-block"
# Relief is asked for, not its length.
AT_ALL = "sympathetic-block"
LASTING = ("facet-joint-injection", "medial-branch-radiofrequency", "sacroiliac-joint-injection")
REQUEST = m.k == "request"
DONE = (m.k == "procedure") & (m.set == "spine-procedures")


def rules(p: Values) -> Iterator[Rule]:
    of_a_place = REQUEST & one_of("subject", (*EPIDURALS, *LASTING, AT_ALL))
    anywhere = REQUEST & (m.subject == ANYWHERE)
    yield when_all(c.request << of_a_place & (m.region == "")).conclude("without-region")
    sent = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state != "complete")
    for known in (of_a_place & (m.region != ""), anywhere):
        yield when_all(c.request << known, sent).conclude("unknown")
    for subject, weeks in p.each("weeks").items():
        yield when_all(c.request << REQUEST & (m.subject == subject)).derive(
            "relief-asked", subject=subject, weeks=weeks
        )
    half = float(p("half_relief"))
    yield from _epidural(half)
    yield from _first()
    yield from _prior(anywhere)
    yield from _answered(half)


def _epidural(half: float) -> Iterator[Rule]:
    """Whichever approach came last; half the pain gone is what counts (picture/earlier-epidural)."""
    placed = c.request << REQUEST & one_of("subject", (*EPIDURALS,)) & (m.region != "")
    here = m.region == c.request.region
    window = {"name": "authorization-epidural-sessions", "window": "year"}
    given = c.done << (m.k == "count") & (m.name == window["name"]) & (m.window == window["window"]) & here
    yield when_all(placed, _complete(), c.first << absent("count", by="region", **window) & here).conclude("first")
    answer = (m.k == "epidural-answer") & here
    unanswered = c.unanswered << absent("epidural-answer", by="region") & here
    yield when_all(placed, given, unanswered).conclude("not-documented")
    yield when_all(placed, given, c.answer << answer & (m.answer == "unknown")).conclude("not-documented")
    last = (m.k == "relief") & (m.concept == c.answer.procedure) & (m.rank == 0) & here
    yield from _long_enough((placed, c.answer << answer & (m.answer == "helped")), last)
    failed = answer & (m.answer == "failed")
    yield when_all(placed, c.relief << failed & (m.procedure == c.request.procedure)).conclude("poor")
    yield when_all(placed, c.relief << failed & (m.procedure != c.request.procedure)).conclude("other-way")
    # Where nothing but root blocks was given there, the last of them answers.
    block = (m.k == "relief") & (m.set == "spine-procedures") & (m.concept == BLOCK) & (m.rank == 0) & here
    yield from _long_enough((placed, given, unanswered), block & (m.percent >= half))
    yield when_all(placed, given, unanswered, c.relief << block & (m.percent < half)).conclude("poor")


def _first() -> Iterator[Rule]:
    """No session that was of this side, of both or of none."""
    none = c.none << absent("procedure", set="spine-procedures", concept=ANYWHERE)
    yield when_all(c.request << REQUEST & (m.subject == ANYWHERE), _complete(), none).conclude("first")
    here = m.region == c.request.region
    for subject in (*LASTING, AT_ALL):
        request = REQUEST & (m.subject == subject) & (m.region != "")
        of = {"by": "region", "set": "spine-procedures", "concept": subject}
        either = c.request << request & (m.side != "left") & (m.side != "right")
        yield when_all(either, _complete(), c.none << absent("procedure", **of) & here).conclude("first")
        for own in ("left", "right"):
            sides = {"own": own, "both": "bilateral", "unknown": ""}
            absences = [
                getattr(c, f"no_{n}") << absent("procedure", **of, side=side) & here for n, side in sides.items()
            ]
            yield when_all(c.request << request & (m.side == own), _complete(), *absences).conclude("first")


def _prior(anywhere: Any) -> Iterator[Rule]:
    """The latest session, and as long as one was of the other side, the one before it."""
    placed = c.request << REQUEST & one_of("subject", (*LASTING, AT_ALL)) & (m.region != "")
    opposite = c.opposite << (m.k == "opposite") & (m.side == c.request.side)
    latest = DONE & (m.rank == 0) & (m.concept == c.request.subject)
    of_request = {name: getattr(c.request, name) for name in ("subject", "region", "side")}
    yield when_all(placed, opposite, c.done << latest & (m.region == c.request.region)).derive(
        "prior-session", **of_request, at=c.done.region, rank=0, other=c.opposite.other
    )
    yield when_all(c.request << anywhere, c.done << latest).derive(
        "prior-session", **of_request, at=c.done.region, rank=0, other="none"
    )
    of_other = c.done << _that(DONE) & (m.side == c.prior.other)
    same = {name: getattr(c.prior, name) for name in ("subject", "region", "side", "at", "other")}
    yield when_all(c.prior << (m.k == "prior-session"), of_other).derive(
        "prior-session", **same, rank=total(c.prior.rank, 1)
    )


def _that(fact: Any) -> Any:
    return fact & (m.concept == c.prior.subject) & (m.region == c.prior.at) & (m.rank == c.prior.rank)


def _answered(half: float) -> Iterator[Rule]:
    here = (m.k == "prior-session") & (m.subject == c.request.subject) & (m.region == c.request.region)
    prior = c.prior << here & (m.side == c.request.side)
    relief, unmeasured = (
        _that((m.k == kind) & (m.set == "spine-procedures")) & (m.side != c.prior.other)
        for kind in ("relief", "unmeasured")
    )
    yield when_all(c.request << REQUEST, prior, c.done << unmeasured).conclude("not-documented")
    at_all = c.request << REQUEST & (m.subject == AT_ALL)
    yield when_all(at_all, prior, c.relief << relief & (m.percent >= half)).conclude("eased")
    yield when_all(at_all, prior, c.relief << relief & (m.percent < half)).conclude("poor-at-all")
    lasting = c.request << REQUEST & one_of("subject", (*LASTING, ANYWHERE))
    yield when_all(lasting, prior, c.relief << relief & (m.percent < half)).conclude("poor")
    yield from _long_enough((lasting, prior), relief & (m.percent >= half))


def _long_enough(helped: tuple[Any, ...], relief: Any) -> Iterator[Rule]:
    asked = c.asked << (m.k == "relief-asked") & (m.subject == c.request.subject)
    yield when_all(*helped, asked, c.relief << relief & (m.weeks >= c.asked.weeks)).conclude("met")
    few = relief & (m.weeks >= 0) & (m.weeks < c.asked.weeks)
    yield when_all(*helped, asked, c.relief << few & (m.how == "told")).conclude("short")
    # Scores show how long it lasted at the least: few weeks between them are not known to be all.
    yield when_all(*helped, asked, c.relief << few & (m.how == "scores")).conclude("at-least")
    yield when_all(*helped, c.relief << relief & (m.weeks < 0)).conclude("how-long")


def _complete() -> Any:
    return c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state == "complete")
