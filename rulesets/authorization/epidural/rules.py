"""An epidural in question → each criterion of the payer, answered from the record.

`here` binds a fact to the region in question; a request without region leaves the criteria of a region not documented.
"""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

COVERED = ("radicular", "claudication", "postsurgical")
OF_A_REGION = ("diagnosis", "duration", "imaging", "concordance", "frequency", "response")
DAYS_PER_WEEK = 7
# What is on record of the performer → the outcome of its criterion; asked where an order is sent to somebody.
PERFORMER = {
    "recognised": "performer-recognised",
    "other": "performer-other",
    "open": "performer-untold",
    "nothing": "performer-untold",
}


def rules(p: Values) -> Iterator[Rule]:
    yield from _requests()
    yield from _covered()
    asked = c.request << (m.k == "epidural-request")
    placed, here = asked & (m.region != ""), m.region == c.request.region
    for name in OF_A_REGION:
        yield when_all(asked & (m.region == "")).conclude(f"{name}-without-region")
    yield from _diagnosis(placed, here)
    yield from _duration(placed, here, p("pain_weeks") * DAYS_PER_WEEK)
    yield from _care(asked, p("care_weeks"))
    yield from _imaging(placed, here, p("imaging_days"))
    yield from _concordance(placed, here, p("imaging_days"))
    for scores in ("pain-scores", "function-scores"):
        score = c.score << (m.k == "observation") & (m.set == scores) & (m.rank == 0)
        yield when_all(asked, score & (m.age_days <= p("baseline_days"))).conclude("baseline-met")
        yield when_all(asked, score & (m.age_days > p("baseline_days"))).conclude("baseline-old")
    unscored = (
        c.no_pain << absent("observation", set="pain-scores"),
        c.no_function << absent("observation", set="function-scores"),
    )
    yield when_all(asked, *unscored).conclude("baseline-none")
    yield from _earlier(placed, here, p("session_limit"))
    for state, outcome in PERFORMER.items():
        standing = c.performer << (m.k == "performer-standing") & (m.state == state)
        yield when_all(asked, standing, c.hook << (m.k == "hook") & (m.hook == "order-dispatch")).conclude(outcome)
    yield from _response(placed, here, p("relief_weeks"))


def _requests() -> Iterator[Rule]:
    """Ordered epidurals, and suggested ones for which the evidence is complete or reason enough not to wait."""
    target = c.target << (m.k == "target") & (m.family == "epidural")
    made = {name: getattr(c.target, name) for name in ("procedure", "title", "region", "side")}
    yield when_all(target & (m.origin == "order")).derive("epidural-request", **made)
    for state in ("complete", "early"):
        carried = c.evidence << (m.k == "evidence") & (m.state == state) & (m.region == c.target.region)
        suggested = target & (m.origin == "suggestion")
        yield when_all(suggested, carried & (m.side == c.target.side)).derive("epidural-request", **made)
        # Midline approaches may be proposed without a side.
        yield when_all(suggested & (m.side == ""), carried).derive("epidural-request", **made)


def _covered() -> Iterator[Rule]:
    """What is covered, and imaging that explains it; imaging of both sides or of none stands for either side."""
    covered = (m.pattern == "radicular") | (m.pattern == "claudication") | (m.pattern == "postsurgical")
    of_pain = {name: getattr(c.pain, name) for name in ("pattern", "region", "onset_days", "confirmed")}
    yield when_all(c.pain << (m.k == "pain") & covered).derive("covered-pain", **of_pain)
    image = (m.k == "concordant-imaging") & covered
    of_image = {name: getattr(c.image, name) for name in ("region", "finding")}
    yield when_all(c.image << image & ((m.side == "left") | (m.side == "right"))).derive(
        "explaining-image", side=c.image.side, **of_image
    )
    yield when_all(c.image << image & ((m.side == "") | (m.side == "bilateral"))).derive(
        "explaining-image", side="", **of_image
    )


def _pains(here: Any) -> list[Any]:
    """Covered pain at the region; the code of pain after spine surgery names none."""
    pain = c.pain << (m.k == "covered-pain")
    return [pain & (m.region != "") & here, pain & (m.region == "") & (m.pattern == "postsurgical")]


def _not_covered(here: Any) -> list[Any]:
    return [*_no_pattern(here), c.no_unplaced << absent("pain", pattern="postsurgical", region="")]


def _no_pattern(here: Any) -> list[Any]:
    return [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in COVERED]


def _diagnosis(placed: Any, here: Any) -> Iterator[Rule]:
    for pain in _pains(here):
        yield when_all(placed, pain & (m.confirmed == 1)).conclude("diagnosis-covered")
        yield when_all(placed, pain & (m.confirmed != 1)).conclude("diagnosis-unconfirmed")
    yield when_all(placed, c.pain << (m.k == "pain") & here, *_not_covered(here)).conclude("diagnosis-other")
    none = c.none << absent("pain", by="region") & here
    yield when_all(placed, none, *_not_covered(here)).conclude("diagnosis-none")


def _duration(placed: Any, here: Any, days: int) -> Iterator[Rule]:
    """A first entry may be younger than the pain: too few days on record are not documented, never "not met"."""
    for pain in _pains(here):
        yield when_all(placed, pain & (m.onset_days >= days)).conclude("duration-met")
        yield when_all(placed, pain & (m.onset_days < days) & (m.onset_days >= 0)).conclude("duration-short")
        yield when_all(placed, pain & (m.onset_days < 0)).conclude("duration-unknown")
    yield when_all(placed, *_not_covered(here)).conclude("duration-unknown")


def _care(asked: Any, weeks: int) -> Iterator[Rule]:
    care = c.care << (m.k == "conservative-care")
    tolerated = c.tolerated << absent("early-reason", reason="therapy-blocked-by-pain")
    yield when_all(asked, care & (m.weeks >= weeks)).conclude("care-met")
    yield when_all(asked, care & (m.weeks < weeks), tolerated).conclude("care-short")
    yield when_all(asked, c.untried << absent("conservative-care"), tolerated).conclude("care-none")
    blocked = c.blocked << (m.k == "early-reason") & (m.reason == "therapy-blocked-by-pain")
    yield when_all(asked, blocked).conclude("care-not-tolerated")


def _imaging(placed: Any, here: Any, days: int) -> Iterator[Rule]:
    study = c.imaging << (m.k == "advanced-imaging") & here
    yield when_all(placed, study & (m.age_days >= 0) & (m.age_days <= days)).conclude("imaging-met")
    yield when_all(placed, study & (m.age_days > days)).conclude("imaging-old")
    yield when_all(placed, study & (m.age_days < 0)).conclude("imaging-undated")
    yield when_all(placed, c.nothing << absent("advanced-imaging", by="region") & here).conclude("imaging-none")


def _concordance(placed: Any, here: Any, days: int) -> Iterator[Rule]:
    study = c.imaging << (m.k == "advanced-imaging") & here
    agrees = c.agrees << (m.k == "explaining-image") & here
    yield when_all(placed, study, agrees & (m.side == c.request.side)).conclude("concordance-met")
    sided = placed & (m.side != "") & (m.side != "bilateral")
    yield when_all(sided, study, agrees & (m.side == "")).conclude("concordance-met")
    yield when_all(sided, study, agrees & (m.side != "") & (m.side != c.request.side)).conclude(
        "concordance-other-side"
    )
    either = placed & ((m.side == "") | (m.side == "bilateral"))
    yield when_all(either, study, agrees).conclude("concordance-met")
    yield from _unexplained(placed, here, study, days)
    yield when_all(placed, study, *_no_pattern(here)).conclude("concordance-no-pattern")
    yield when_all(placed, c.nothing << absent("advanced-imaging", by="region") & here).conclude("concordance-no-image")


def _unexplained(placed: Any, here: Any, study: Any, days: int) -> Iterator[Rule]:
    """Covered pain and imaging, but no findings that explain it."""
    pain = c.pain << (m.k == "covered-pain") & here
    silent = [
        getattr(c, f"silent_{name}") << absent("concordant-imaging", by="region", pattern=name) & here
        for name in COVERED
    ]
    findings = (m.k == "statement") & (m.set == "imaging-findings") & (m.where != "note")
    said, outdated = (c.statement << findings & test & here for test in (m.age_days <= days, m.age_days > days))
    unread = [
        getattr(c, f"no_{where}") << absent("statement", by="region", set="imaging-findings", where=where) & here
        for where in ("report", "study")
    ]
    yield when_all(placed, study, pain, said, *silent).conclude("concordance-not-met")
    yield when_all(placed, study, pain, outdated, *silent).conclude("concordance-unread")
    yield when_all(placed, study, pain, *silent, *unread).conclude("concordance-unread")


def _earlier(placed: Any, here: Any, limit: int) -> Iterator[Rule]:
    sessions = {"name": "authorization-epidural-sessions", "window": "year"}
    count = c.count << (m.k == "count") & (m.name == sessions["name"]) & (m.window == sessions["window"]) & here
    first = c.first << absent("count", by="region", **sessions) & here
    # Without all procedures a low count proves nothing: unknown is not no.
    sent = (m.k == "sent") & (m.key == "procedures")
    complete = c.sent << sent & (m.state == "complete")
    yield when_all(placed, complete, count & (m.count < limit)).conclude("frequency-met")
    yield when_all(placed, count & (m.count >= limit)).conclude("frequency-reached")
    yield when_all(placed, complete, first).conclude("frequency-first")
    yield when_all(placed, complete, first).conclude("response-first")
    for outcome in ("frequency-unknown", "response-unknown"):
        yield when_all(placed, c.sent << sent & (m.state != "complete")).conclude(outcome)


def _response(placed: Any, here: Any, weeks: int) -> Iterator[Rule]:
    """What the last epidural for this pain did; half the pain gone is what counts (picture/earlier-epidural)."""
    count = (m.k == "count") & (m.name == "authorization-epidural-sessions") & (m.window == "year")
    given = c.count << count & here
    answer = (m.k == "epidural-answer") & here
    unanswered = c.unanswered << absent("epidural-answer", by="region") & here
    yield when_all(placed, given, unanswered).conclude("response-not-documented")
    yield when_all(placed, given, c.answer << answer & (m.answer == "unknown")).conclude("response-not-documented")
    helped = c.answer << answer & (m.answer == "helped")
    last = (m.k == "relief") & (m.concept == c.answer.procedure) & (m.rank == 0) & here
    yield when_all(placed, helped, c.relief << last & (m.weeks >= weeks)).conclude("response-met")
    few = last & (m.weeks >= 0) & (m.weeks < weeks)
    yield when_all(placed, helped, c.relief << few & (m.how == "told")).conclude("response-short")
    # Scores show how long it lasted at the least: few weeks between them are not known to be all.
    yield when_all(placed, helped, c.relief << few & (m.how == "scores")).conclude("response-at-least")
    yield when_all(placed, helped, c.relief << last & (m.weeks < 0)).conclude("response-how-long")
    failed = answer & (m.answer == "failed")
    yield when_all(placed, c.answer << failed & (m.procedure == c.request.procedure)).conclude("response-poor")
    yield when_all(placed, c.answer << failed & (m.procedure != c.request.procedure)).conclude("response-other-way")
