"""Needles for several regions, or several kinds for one → find the primary driver."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    calm = c.calm << absent("red-flag")
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    elsewhere = m.region != c.first.region
    other_kind = (m.region == c.first.region, m.family != c.first.family)
    planned, asked = m.origin == "scheduled", m.origin == "order"
    for origin in ("suggestion", "scheduled"):
        yield _several(_needle(m.origin == origin), _needle(m.origin != "order") & elsewhere, view, calm)
    yield _several(_needle(planned), _both(planned, *other_kind), view, calm)
    for origin in (asked, planned):
        yield _several(_needle(asked), _needle(origin) & elsewhere, calm)
        yield _several(_needle(asked), _both(origin, *other_kind), calm)


def _several(first: Any, second: Any, *more: Any) -> Rule:
    return when_all(c.first << first, c.second << second, *more).conclude("several-targets")


def _needle(test: Any) -> Any:
    return (m.k == "target") & (m.risk != "none") & (m.family != "trigger-point") & (m.region != "") & test


def _both(origin: Any, same_region: Any, other_family: Any) -> Any:
    return _needle(origin) & same_region & other_family
