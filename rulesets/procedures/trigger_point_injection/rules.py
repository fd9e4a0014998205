"""Myofascial pain and trigger points → needling that supports therapy, or what to do instead."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

SELF = "trigger-point-injection"


def rules(p: Values) -> Iterator[Rule]:
    yield from _question()
    yield from _first(p)
    yield from _further(p)
    order = c.order << (m.k == "target") & (m.procedure == SELF) & (m.origin == "order")
    yield when_all(order & (m.region == ""), c.no_points << absent("trigger-points")).conclude("order-without-findings")
    here = c.no_points << absent("trigger-points", by="region") & (m.region == c.order.region)
    yield when_all(order & (m.region != ""), here).conclude("order-without-findings")
    wide = c.wide << (m.k == "pain") & (m.pattern == "widespread")
    # Without any myofascial pain procedures/widespread-pain says it.
    muscle = c.muscle << (m.k == "pain") & (m.pattern == "myofascial")
    yield when_all(order, wide, muscle).conclude("order-in-widespread-pain")


def _question() -> Iterator[Rule]:
    pain = c.pain << (m.k == "pain") & (m.pattern == "myofascial")
    here = m.region == c.pain.region
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    no_nerve = c.no_nerve << absent("nerve-pain", by="region") & here
    yield when_all(
        pain,
        *view,
        no_nerve,
        c.no_stray << absent("nerve-pain", region=""),
        c.no_facet << absent("pain", by="region", pattern="facet") & here,
        c.one_place << absent("pain", pattern="widespread"),
    ).derive("muscle-question", region=c.pain.region, side=c.pain.side, confirmed=c.pain.confirmed)
    wide = c.wide << (m.k == "pain") & (m.pattern == "widespread")
    yield when_all(pain, wide, *view, no_nerve).conclude("beside-widespread")


def _first(p: Values) -> Iterator[Rule]:
    asks, fresh = c.question << (m.k == "muscle-question"), c.fresh << absent("procedure", concept=SELF)
    points = c.points << (m.k == "trigger-points") & (m.region == c.question.region)
    care = c.care << (m.k == "conservative-care")
    sure = asks & (m.confirmed == 1)
    yield from _suggested("suggest", sure, points, care & (m.weeks >= p("care_weeks")), fresh)
    yield from _suggested("consider-care", sure, points, care & (m.weeks < p("care_weeks")), fresh)
    yield from _suggested("consider-care", sure, points, c.care << absent("conservative-care"), fresh)
    no_points = c.no_points << absent("trigger-points", by="region") & (m.region == c.question.region)
    yield when_all(asks, no_points, fresh).conclude("findings-missing")


def _further(p: Values) -> Iterator[Rule]:
    asks = c.question << (m.k == "muscle-question")
    points = c.points << (m.k == "trigger-points") & (m.region == c.question.region)
    done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == SELF)
    untold = c.untold << absent("relief", concept=SELF, rank="0")
    yield when_all(asks, c.done << done & (m.rank == 0), untold).conclude("relief-missing")
    last = c.last << (m.k == "relief") & (m.set == "spine-procedures") & (m.concept == SELF) & (m.rank == 0)
    yield when_all(asks, last & (m.percent < float(p("relief_helped")))).conclude("did-not-help")
    helped = last & (m.percent >= float(p("relief_helped")))
    nth = p("year_limit") - 1
    reached = c.nth << done & (m.rank == nth)
    yield when_all(asks, helped, reached & (m.age_days <= p("year_days"))).conclude("enough")
    few = c.few << absent("procedure", set="spine-procedures", concept=SELF, rank=str(nth))
    for room in (few, reached & (m.age_days > p("year_days"))):
        yield from _suggested("repeat-lasting", asks, points, helped & (m.weeks >= p("relief_weeks")), room)
        yield from _suggested("repeat", asks, points, helped & (m.weeks < 0), room)
        short = helped & (m.weeks >= 0) & (m.weeks < p("relief_weeks"))
        yield when_all(asks, short, room).conclude("did-not-last")


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure=SELF,
        title="trigger point injection",
        region=c.question.region,
        side=c.question.side,
    )
