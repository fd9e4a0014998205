"""A request and the care on record → whether it was tried for long enough."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    care = c.care << (m.k == "conservative-care")
    tolerated = c.tolerated << absent("early-reason", reason="therapy-blocked-by-pain")
    blocked = c.blocked << (m.k == "early-reason") & (m.reason == "therapy-blocked-by-pain")
    for family, weeks in p.each("care").items():
        request = c.request << (m.k == "request") & (m.family == family)
        yield when_all(request, care & (m.weeks >= weeks)).conclude("met")
        yield when_all(request, care & (m.weeks < weeks), tolerated).conclude("short")
        yield when_all(request, c.untried << absent("conservative-care"), tolerated).conclude("none")
        yield when_all(request, blocked).conclude("not-tolerated")
