"""A request and the last session of its kind and side → the days between them, judged against what the payer asks."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, one_of, total, when_all
from service.rules.parameters import Values

# Orders and sessions of it seldom name a region: any earlier session counts.
ANYWHERE = "trigger-point-injection"
OF_REQUEST = ("procedure", "subject", "region", "side")


def rules(p: Values) -> Iterator[Rule]:
    request = (m.k == "request") & (m.subject != ANYWHERE)
    of_request = {name: getattr(c.request, name) for name in OF_REQUEST}
    intervals = p.each("interval")
    unplaced = one_of("subject", [subject for subject in intervals if subject != ANYWHERE])
    yield when_all(c.request << request & unplaced & (m.region == "")).conclude("without-region")
    for subject, days in intervals.items():
        asked = (m.k == "request") & (m.subject == subject)
        asked = asked if subject == ANYWHERE else asked & (m.region != "")
        yield when_all(c.request << asked).derive("asked", in_days=c.request.in_days, least=days, **of_request)
    asked, least = m.k == "asked", c.request.least
    for dated, until in ((1, c.request.in_days), (0, 0)):
        known = (m.in_days >= 0) if dated else (m.in_days < 0)
        yield when_all(c.request << asked & known).derive("due", until=until, dated=dated, least=least, **of_request)
    yield from _spaced(of_request)
    yield from _judged()


def _spaced(of_request: dict[str, Any]) -> Iterator[Rule]:
    """The last session that was not of the other side; one without a date is the last only where none has one."""
    due = (m.k == "due") & (m.subject != ANYWHERE)
    done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == c.request.procedure)
    here = done & (m.region == c.request.region)
    between = total(c.done.age_days, c.request.until)
    for request, last in (
        (due & (m.side == "left"), here & (m.rank_left == 0)),
        (due & (m.side == "right"), here & (m.rank_right == 0)),
        (due & (m.side != "left") & (m.side != "right"), here & (m.rank == 0)),
        ((m.k == "due") & (m.subject == ANYWHERE), done & (m.rank_anywhere == 0)),
    ):
        yield when_all(c.request << request, c.done << last & (m.age_days >= 0)).derive(
            "spacing", days=between, dated=c.request.dated, **of_request
        )
        yield when_all(c.request << request, c.done << last & (m.age_days < 0)).conclude("undated")
    yield when_all(c.request << due, c.done << done & (m.region == "") & (m.rank == 0)).conclude("unplaced")


def _judged() -> Iterator[Rule]:
    """Without all procedures a long time since the last one proves nothing; a short time stands."""
    sent = (m.k == "sent") & (m.key == "procedures")
    complete, incomplete = c.sent << sent & (m.state == "complete"), c.sent << sent & (m.state != "complete")
    due = c.due << (m.k == "due")
    spacing = (m.k == "spacing") & (m.procedure == c.due.procedure) & (m.region == c.due.region)
    spacing = spacing & (m.side == c.due.side)
    early = spacing & (m.days < c.due.least)
    yield when_all(due, c.spacing << spacing & (m.days >= c.due.least), complete).conclude("met")
    yield when_all(due, c.spacing << early & (m.dated == 1)).conclude("early")
    yield when_all(due, c.spacing << early & (m.dated == 0)).conclude("early-today")
    yield when_all(c.request << (m.k == "due"), incomplete).conclude("unknown")
    # Told of every request; where a session is known, that is the answer.
    yield when_all(c.request << (m.k == "due"), complete).conclude("first")
