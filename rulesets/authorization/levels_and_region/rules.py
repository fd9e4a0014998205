"""An order's words and codes → how many levels, and whether another region is ordered for the same day."""

from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

FACET = "facet"
# What is ordered, what counts beside it, and which regions are one; the sacrum alone goes with the low back.
LOW_BACK = ("lumbar", "sacroiliac")
REGIONS = (
    (("epidural", "root-block"), "epidural", (("cervical",), ("thoracic",), LOW_BACK)),
    ((FACET,), FACET, (("cervical", "thoracic"), LOW_BACK)),
)
REQUEST = ("procedure", "region", "side", "level", "family", "in_days")


def rules(p: Values) -> Iterator[Rule]:
    for procedure, limit in p.each("levels").items():
        ordered = c.request << (m.k == "request") & (m.origin == "order") & (m.procedure == procedure)
        of_request = {name: getattr(c.request, name) for name in REQUEST}
        yield when_all(ordered).derive("session", most=limit, nerves=limit + 1, **of_request)
    yield from _levels()
    for families, counted, groups in REGIONS:
        ordered = (m.k == "request") & (m.origin == "order") & one_of("family", families)
        target = (m.k == "target") & (m.origin == "order") & (m.family == counted)
        yield when_all(c.request << ordered & (m.region == "")).conclude("without-region")
        yield when_all(c.request << ordered & (m.region != ""), c.target << target & (m.region == "")).conclude(
            "other-without-region"
        )
        for group in groups:
            others = [region for other in groups if other is not group for region in other if region != "sacroiliac"]
            yield from _regions(ordered & one_of("region", group), target, group, counted, others)


def _levels() -> Iterator[Rule]:
    """Words count before codes, which may stand for the other side of one level; the more of the two asks."""
    request = c.request << (m.k == "session")
    facet, other = (c.request << (m.k == "session") & test for test in (m.family == FACET, m.family != FACET))
    order = (m.k == "order") & (m.set == "spine-procedures") & (m.origin == "order")
    order = order & (m.concept == c.request.procedure) & (m.region == c.request.region)
    order = order & (m.in_days == c.request.in_days)
    most, none_by_code, by_code = c.request.most, m.coded < 1, m.coded > 0
    within, more = m.coded <= most, m.coded > most
    told = order & (m.levels > 0) & (m.levels <= most)
    yield when_all(request, c.order << told & within).conclude("by-words")
    yield when_all(request, c.order << told & more).conclude("codes-against-words")
    many = order & (m.levels > most)
    yield when_all(request, c.order << many & (m.bones != 1)).conclude("too-many-by-words")
    yield when_all(other, c.order << many & (m.bones == 1)).conclude("too-many-by-words")
    # A joint has two nerves, so that one nerve more than joints may be named.
    nerves = order & (m.bones == 1) & (m.levels == c.request.nerves)
    yield when_all(facet, c.order << order & (m.bones == 1) & (m.levels > c.request.nerves)).conclude(
        "too-many-by-words"
    )
    yield when_all(facet, c.order << nerves & none_by_code).conclude("several")
    yield when_all(facet, c.order << nerves & by_code & within).conclude("by-code")
    yield when_all(facet, c.order << nerves & more).conclude("too-many-by-code")
    yield when_all(request, c.order << order & (m.levels < 0) & within).conclude("several")
    yield when_all(request, c.order << order & (m.levels < 1) & more).conclude("too-many-by-code")
    unsaid = order & (m.levels == 0)
    yield when_all(request, c.order << unsaid & by_code & within).conclude("by-code")
    yield when_all(request, c.order << unsaid & none_by_code).conclude("unnamed")


def _regions(ordered: Any, target: Any, group: tuple[str, ...], counted: str, others: list[str]) -> Iterator[Rule]:
    """Nothing of the family in another region on that day; what has no day may be on it."""
    dated, undated = c.request << ordered & (m.in_days >= 0), c.request << ordered & (m.in_days < 0)
    own = c.target << target & (m.region == c.request.region) & (m.in_days == c.request.in_days)
    of = {"family": counted, "origin": "order"}
    that_day = [
        _none("on_that_day", name) << absent("target", by="date", region=name, **of) & (m.date == c.target.date)
        for name in others
    ]
    no_day = [_none("without_day", name) << absent("target", region=name, in_days="-1", **of) for name in others]
    at_all = [_none("at_all", name) << absent("target", region=name, **of) for name in others]
    unplaced = c.none_unplaced << absent("target", region="", **of)
    yield when_all(dated, own, *that_day, *no_day, unplaced).conclude("one-region")
    yield when_all(undated, *at_all, unplaced).conclude("one-region")
    elsewhere = reduce(and_, (m.region != name for name in ("", *group)), target)
    yield when_all(dated, c.target << elsewhere & (m.in_days == c.request.in_days)).conclude("two-regions")
    yield when_all(dated, c.target << elsewhere & (m.in_days < 0)).conclude("days-unknown")
    yield when_all(undated, c.target << elsewhere).conclude("days-unknown")


def _none(when: str, region: str) -> Any:
    return getattr(c, f"none_{when}_{region}")
