"""A request and the imaging of its region → whether it is recent enough."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    days, here = p("imaging_days"), m.region == c.request.region
    request = (m.k == "request") & ((m.family == "epidural") | (m.family == "root-block"))
    placed = c.request << request & (m.region != "")
    study = c.imaging << (m.k == "advanced-imaging") & here
    yield when_all(placed, study & (m.age_days >= 0) & (m.age_days <= days)).conclude("met")
    yield when_all(placed, study & (m.age_days > days)).conclude("old")
    yield when_all(placed, study & (m.age_days < 0)).conclude("undated")
    yield when_all(placed, c.nothing << absent("advanced-imaging", by="region") & here).conclude("none")
    yield when_all(c.request << request & (m.region == "")).conclude("without-region")
