"""A request and the last session of its kind and side → the days between them, judged against what the payer asks."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, total, when_all
from service.rules.parameters import Values

# Orders and sessions of it seldom name a region: any earlier session counts.
ANYWHERE = "trigger-point-injection"
SIDES = (("left", "right"), ("right", "left"))
# How many sessions in a row may have been of the other side.
SKIPPED = 4


def rules(p: Values) -> Iterator[Rule]:
    for subject, days in p.each("interval").items():
        request = (m.k == "request") & (m.subject == subject)
        placed = c.request << request if subject == ANYWHERE else c.request << request & (m.region != "")
        if subject != ANYWHERE:
            yield when_all(c.request << request & (m.region == "")).conclude("without-region")
        sent = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state != "complete")
        yield when_all(placed, sent).conclude("unknown")
        yield from _first(subject)
        yield from _spaced(subject)
        spacing = (m.k == "spacing") & (m.subject == subject)
        yield when_all(c.spacing << spacing & (m.days >= days)).conclude("met")
        yield when_all(c.spacing << spacing & (m.days < days) & (m.dated == 1)).conclude("early")
        yield when_all(c.spacing << spacing & (m.days < days) & (m.dated == 0)).conclude("early-today")


def _first(subject: str) -> Iterator[Rule]:
    """No session that was of this side, of both or of none."""
    complete = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state == "complete")
    request = (m.k == "request") & (m.subject == subject)
    if subject == ANYWHERE:
        none = c.none << absent("procedure", set="spine-procedures", concept=subject)
        yield when_all(c.request << request, complete, none).conclude("first")
        return
    request = request & (m.region != "")
    of = {"by": "region", "set": "spine-procedures", "concept": subject}
    here = m.region == c.request.region
    either = c.request << request & (m.side != "left") & (m.side != "right")
    yield when_all(either, complete, c.none << absent("procedure", **of) & here).conclude("first")
    for own, _ in SIDES:
        sides = {"own": own, "both": "bilateral", "unknown": ""}
        none = [getattr(c, f"no_{n}") << absent("procedure", **of, side=side) & here for n, side in sides.items()]
        yield when_all(c.request << request & (m.side == own), complete, *none).conclude("first")


def _spaced(subject: str) -> Iterator[Rule]:
    done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == subject)
    request = (m.k == "request") & (m.subject == subject)
    if subject == ANYWHERE:
        yield from _days(request, [], done & (m.rank == 0))
        return
    request, here = request & (m.region != ""), m.region == c.request.region
    yield from _days(request & (m.side != "left") & (m.side != "right"), [], done & (m.rank == 0) & here)
    for own, other in SIDES:
        since: list[Any] = []
        for rank in range(SKIPPED):
            yield from _days(request & (m.side == own), since, done & (m.rank == rank) & (m.side != other) & here)
            since.append(getattr(c, f"other_{rank}") << done & (m.rank == rank) & (m.side == other) & here)


def _days(request: Any, since: list[Any], last: Any) -> Iterator[Rule]:
    """Up to the day of the procedure, else up to today."""
    names = ("procedure", "subject", "region", "side")
    of_request = {name: getattr(c.request, name) for name in names}
    dated, undated = c.request << request & (m.in_days >= 0), c.request << request & (m.in_days < 0)
    known = c.done << last & (m.age_days >= 0)
    between = total(c.done.age_days, c.request.in_days)
    yield when_all(dated, *since, known).derive("spacing", days=between, dated=1, **of_request)
    yield when_all(undated, *since, known).derive("spacing", days=c.done.age_days, dated=0, **of_request)
    yield when_all(c.request << request, *since, c.done << last & (m.age_days < 0)).conclude("undated")
