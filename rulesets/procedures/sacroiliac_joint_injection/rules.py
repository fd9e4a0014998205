"""Sacroiliac pain, its tests and earlier answers → an injection, or what to do instead."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

SELF = "sacroiliac-joint-injection"
ABLATION = "lateral-branch-radiofrequency"
SIDES = ("left", "right", "bilateral", "")


def rules(p: Values) -> Iterator[Rule]:
    yield from _past()
    yield from _question()
    yield from _first(p)
    yield from _further(p)
    yield from _around()


def _past() -> Iterator[Rule]:
    """Whether a procedure of the painful side is on record, and whether its relief is told."""
    for procedure in (SELF, ABLATION):
        for side in SIDES:
            pain = c.pain << (m.k == "pain") & (m.pattern == "sacroiliac") & (m.side == side)
            state = {"procedure": procedure, "side": side}
            none = c.none << absent("sacroiliac-session", procedure=procedure, side=side)
            yield when_all(pain, none).derive("sacroiliac-past", state="none", **state)
            done = c.done << (m.k == "sacroiliac-session") & (m.procedure == procedure) & (m.side == side)
            untold = c.untold << absent("sacroiliac-answer", procedure=procedure, side=side, rank="0")
            yield when_all(pain, done, untold).derive("sacroiliac-past", state="untold", **state)


def _question() -> Iterator[Rule]:
    """Sacroiliac pain, with nothing on record that has to be looked at before."""
    few = c.few << (m.k == "provocation-cluster") & (m.result == "negative")
    none_positive = c.none_positive << absent("provocation-cluster", result="positive")
    yield when_all(few, none_positive).derive("negative-tests", side=c.few.side)
    pain = (
        c.pain << (m.k == "pain") & (m.pattern == "sacroiliac"),
        *_view(),
        *_no_nerve(),
        c.no_hip << absent("hip-sign", reason="rotation"),
        c.one_place << absent("pain", pattern="widespread"),
    )
    positive = c.tests << (m.k == "provocation-cluster") & (m.result == "positive") & (m.side == c.pain.side)
    negative = c.tests << (m.k == "negative-tests") & (m.side == c.pain.side)
    untested = c.tests << absent("provocation-cluster")
    for cluster, tests in (("positive", positive), ("negative", negative), ("unknown", untested)):
        yield when_all(*pain, tests).derive(
            "sacroiliac-question",
            side=c.pain.side,
            onset_days=c.pain.onset_days,
            confirmed=c.pain.confirmed,
            cluster=cluster,
        )


def _first(p: Values) -> Iterator[Rule]:
    """No injection of this side is on record."""
    fresh = c.past << _past_of(SELF, "none")
    yield when_all(*_asks(m.cluster == "unknown"), fresh).conclude("tests-missing")
    yield when_all(*_asks(m.cluster == "negative"), fresh).conclude("tests-negative")
    yield when_all(*_asks((m.cluster == "positive") & (m.side == "")), fresh).conclude("side-unknown")
    sided = (m.cluster == "positive") & (m.side != "")
    sure, unsure = sided & (m.confirmed == 1), sided & (m.confirmed == 0)
    old, young = _asks(sure & (m.onset_days >= p("pain_days"))), _asks(sure & (m.onset_days < p("pain_days")))
    enough = c.care << (m.k == "conservative-care") & (m.weeks >= p("care_weeks"))
    little = c.care << (m.k == "conservative-care") & (m.weeks < p("care_weeks"))
    no_facet = c.no_facet << absent("pain", pattern="facet", region="lumbar", confirmed="1")
    facet = c.facet << (m.k == "pain") & (m.pattern == "facet") & (m.region == "lumbar") & (m.confirmed == 1)
    yield from _suggested("suggest", *old, fresh, enough, no_facet)
    yield from _suggested("alternative", *old, fresh, enough, facet)
    for care in (little, c.care << absent("conservative-care")):
        yield from _suggested("consider-care", *old, fresh, care)
    yield when_all(*young, fresh).conclude("not-yet")
    yield from _suggested("consider-diagnosis", *_asks(unsure), fresh)


def _further(p: Values) -> Iterator[Rule]:
    """An injection of this side is on record."""
    asks = _asks(m.onset_days >= -1)
    yield when_all(*asks, c.past << _past_of(SELF, "untold")).conclude("relief-missing")
    answer = (m.k == "sacroiliac-answer") & (m.procedure == SELF) & (m.rank == 0) & (m.side == c.question.side)
    yield when_all(*asks, c.answer << answer & (m.answer == "poor")).conclude("did-not-help")
    helped = c.answer << answer & (m.answer != "poor")
    # Two clear answers lead on to ablation.
    unproven = c.unproven << absent("clear-blocks")
    yield when_all(*asks, helped & (m.age_days < p("repeat_days")), unproven).conclude("too-soon")
    ready, weeks = helped & (m.age_days >= p("repeat_days")), p("lasting_weeks")
    nth = p("year_limit") - 1
    reached = c.nth << (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == SELF) & (m.rank == nth)
    yield when_all(*asks, ready, reached & (m.age_days <= p("year_days"))).conclude("enough")
    few = c.few << absent("procedure", set="spine-procedures", concept=SELF, rank=str(nth))
    for room in (few, reached & (m.age_days > p("year_days"))):
        yield from _suggested("repeat-lasting", *asks, ready & (m.weeks >= weeks), room)
        yield from _suggested("repeat-short", *asks, ready & (m.weeks >= 0) & (m.weeks < weeks), room)
        yield from _suggested("repeat", *asks, ready & (m.weeks < 0), room)


def _around() -> Iterator[Rule]:
    complaint = c.complaint << (m.k == "posterior-pelvic-pain") & (m.diagnosed == 0)
    hint = c.hint << (m.k == "sacroiliac-hint")
    unexamined = c.unexamined << absent("provocation-cluster")
    no_hip = c.no_hip << absent("hip-sign", reason="rotation")
    yield when_all(complaint, hint, *_view(), *_no_nerve(), unexamined, no_hip).conclude("examine")
    wide = c.wide << (m.k == "pain") & (m.pattern == "widespread")
    yield when_all(_pain(), wide, *_view(), *_no_nerve()).conclude("beside-widespread")


def _pain() -> Any:
    return c.pain << (m.k == "pain") & (m.pattern == "sacroiliac")


def _asks(test: Any) -> tuple[Any, Any]:
    """A question, and no ablation of that side on record, which would lead elsewhere."""
    return c.question << (m.k == "sacroiliac-question") & test, c.unablated << _past_of(ABLATION, "none")


def _past_of(procedure: str, state: str) -> Any:
    here = m.side == c.question.side
    return (m.k == "sacroiliac-past") & (m.procedure == procedure) & (m.state == state) & here


def _view() -> tuple[Any, Any]:
    return c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag")


def _no_nerve() -> tuple[Any, Any]:
    return c.no_nerve << absent("nerve-pain", region="lumbar"), c.no_stray << absent("nerve-pain", region="")


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure=SELF,
        title="sacroiliac joint injection",
        region="sacroiliac",
        side=c.question.side,
    )
