"""An earlier epidural for the same pain → wait, repeat, leave it, or think again."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

APPROACHES = {
    "epidural-transforaminal": "transforaminal",
    "epidural-interlaminar": "interlaminar",
    "epidural-caudal": "caudal",
}
CARRIED = ("complete", "early")


def rules(_: Values) -> Iterator[Rule]:
    settling, judging = m.stage == "settling", m.stage == "judging"
    due = (m.stage == "due") | (m.stage == "later")
    for answer in ("helped", "unknown"):
        yield when_all(*_earlier(settling | judging), _pain(), _answer(answer)).conclude("judge-first")
    yield when_all(*_earlier(settling), _pain(), _answer("failed")).conclude("judge-first")
    yield when_all(*_earlier(judging | due), _pain(), _answer("failed")).conclude("did-not-help")
    yield when_all(
        c.order << (m.k == "target") & (m.origin == "order") & (m.region != ""),
        c.earlier << (m.k == "earlier-epidural") & (m.region == c.order.region) & (m.procedure == c.order.procedure),
        _answer("failed"),
        c.calm << absent("red-flag"),
    ).conclude("ordered-again")
    low = c.now << (m.k == "pain-since") & (m.level == "low") & (m.region == c.earlier.region)
    yield when_all(*_earlier(due), _answer("helped"), low).conclude("relief-holds")
    evidence = c.evidence << (m.k == "evidence") & (m.region == c.earlier.region) & (m.pattern == c.earlier.pattern)
    yield when_all(*_earlier(due), _pain(), _answer("unknown"), evidence).conclude("relief-unknown")
    not_low = c.not_low << absent("pain-since", by="region", level="low") & (m.region == c.earlier.region)
    incomplete = evidence & (m.state == "incomplete")
    yield when_all(*_earlier(due), _answer("helped"), incomplete, not_low, *_room()).conclude("still-open")
    limit = c.limit << (m.k == "year-limit") & (m.region == c.earlier.region)
    yield when_all(*_earlier(due), _pain(), _answer("helped"), not_low, limit).conclude("limit-reached")
    back = c.now << (m.k == "pain-since") & (m.level == "back") & (m.region == c.earlier.region)
    untold = c.untold << absent("pain-since", by="region") & (m.region == c.earlier.region)
    for procedure, approach in APPROACHES.items():
        for state in CARRIED:
            earlier = _earlier(due & (m.procedure == procedure))
            helped = (*earlier, _answer("helped"), evidence & (m.state == state), *_room())
            yield from _suggested(f"repeat-{approach}", procedure, *helped, back)
            yield from _suggested(f"perhaps-{approach}", procedure, *helped, untold)


def _earlier(test: Any) -> tuple[Any, Any, Any]:
    return (
        c.earlier << (m.k == "earlier-epidural") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _room() -> tuple[Any, Any]:
    """The year has room for one more, and no surgeon is asked because the relief of each wore off."""
    below = c.below << absent("year-limit", by="region") & (m.region == c.earlier.region)
    return below, c.lasting << absent("epidural-rebound", by="region") & (m.region == c.earlier.region)


def _pain() -> Any:
    return c.pain << (m.k == "pain") & (m.pattern == c.earlier.pattern) & (m.region == c.earlier.region)


def _answer(answer: str) -> Any:
    given = (m.k == "epidural-answer") & (m.answer == answer)
    return c.answer << given & (m.region == c.earlier.region) & (m.procedure == c.earlier.procedure)


def _suggested(outcome: str, procedure: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure=procedure,
        title=f"{APPROACHES[procedure]} epidural injection",
        region=c.evidence.region,
        side=c.evidence.side if procedure == "epidural-transforaminal" else "",
        level=c.evidence.level if procedure == "epidural-transforaminal" else "",
    )
