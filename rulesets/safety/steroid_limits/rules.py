"""Counts of sessions and the last injection → limits reached, and a repeat that comes too soon."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, total, when_all
from service.rules.parameters import Values

WEEK = 7


def rules(p: Values) -> Iterator[Rule]:
    yield from _year(p, (m.k == "target") & (m.steroid != "no"))
    yield from _epidurals(p)
    yield from _intervals(p, (m.k == "target") & (m.steroid == "yes"))
    yield _planned()


def _intervals(p: Values, target: Any) -> Iterator[Rule]:
    least, first, last = p("repeat_interval_days"), p("second_from_weeks") * WEEK, p("second_until_weeks") * WEEK
    here, hook = m.region == c.target.region, c.hook << (m.k == "hook")
    somewhere, newest = target & (m.region != ""), m.k == "last-steroid"
    placed, given = c.target << somewhere, c.last << newest & (m.age_days >= 0) & here
    # Up to the day of the procedure, and to today where that is not known.
    for test, days in ((m.in_days >= 0, total(c.last.age_days, c.target.in_days)), (m.in_days < 0, c.last.age_days)):
        yield when_all(c.target << somewhere & test, given).derive(
            "steroid-interval", region=c.target.region, in_days=c.target.in_days, days=days
        )
    between = (m.k == "steroid-interval") & here & (m.in_days == c.target.in_days)
    soon, early = between & (m.days < least), between & (m.days >= least) & (m.days < first)
    yield when_all(placed, c.interval << soon, given, hook).conclude("too-soon")
    # What the record already tells of the first is not asked for.
    told, untold = c.told << (m.k == "steroid-relief") & here, c.untold << absent("steroid-relief", by="region") & here
    yield when_all(placed, c.interval << early, given, hook, untold).conclude("before-four-weeks")
    yield when_all(placed, c.interval << early, given, hook, told).conclude("before-four-weeks-told")
    within = c.interval << between & (m.days >= first) & (m.days <= last)
    yield when_all(placed, within, given, hook, untold).conclude("second-in-window")
    nowhere = c.target << target & (m.region == "")
    yield when_all(nowhere, c.last << newest & (m.age_days < least), hook).conclude("perhaps-too-soon")


def _planned() -> Rule:
    """Two of one region are ordered or booked for different days: the second cannot know yet what the first does."""
    epidural = (m.k == "target") & (m.family == "epidural") & (m.steroid == "yes") & (m.origin != "suggestion")
    first = c.target << epidural & (m.region != "") & (m.in_days >= 0)
    later = c.second << epidural & (m.region == c.target.region) & (m.in_days > c.target.in_days)
    return when_all(first, later, c.hook << (m.k == "hook")).conclude("second-planned-ahead")


def _sessions(name: str, window: str) -> Any:
    return (m.k == "count") & (m.name == name) & (m.window == window)


def _year(p: Values, target: Any) -> Iterator[Rule]:
    limit, here = p("year_limit"), m.region == c.target.region
    somewhere, nowhere = c.target << target & (m.region != ""), c.target << target & (m.region == "")
    sure, possible = _sessions("sure-steroid-sessions", "year"), _sessions("possible-steroid-sessions", "year")
    # At the limit already: the new one would go beyond it.
    yield when_all(somewhere, c.count << sure & (m.count >= limit) & here).conclude("year-limit-reached")
    yield when_all(nowhere, c.count << sure & (m.count >= limit)).conclude("region-not-named")
    perhaps = c.count << possible & (m.count >= limit) & here
    yield when_all(somewhere, perhaps, c.sure << sure & (m.count < limit) & here).conclude("year-limit-perhaps-reached")
    none = absent("count", by="region", name="sure-steroid-sessions", window="year")
    yield when_all(somewhere, perhaps, c.none << none & here).conclude("year-limit-perhaps-reached-by-facet")


def _epidurals(p: Values) -> Iterator[Rule]:
    here = m.region == c.target.region
    target = c.target << (m.k == "target") & (m.steroid == "yes") & (m.family == "epidural") & (m.region != "")
    half = _sessions("epidural-sessions", "half-year") & (m.count >= p("half_year_limit"))
    yield when_all(target, c.count << half & here).conclude("half-year-limit-reached")
    payer = _sessions("epidural-sessions", "payer-year") & (m.count >= p("payer_limit"))
    medicare = c.payer << (m.k == "coverage") & (m.concept == "medicare")
    yield when_all(target, c.count << payer & here, medicare).conclude("medicare-limit-reached")
