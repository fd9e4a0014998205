"""A request and the care on record → whether it was tried for long enough."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    care = c.care << (m.k == "conservative-care")
    tolerated = c.tolerated << absent("early-reason", reason="therapy-blocked-by-pain")
    blocked = c.blocked << (m.k == "early-reason") & (m.reason == "therapy-blocked-by-pain")
    needed = p.each("care")
    for weeks in sorted(set(needed.values())):
        families = one_of("family", [family for family, of_family in needed.items() if of_family == weeks])
        request = c.request << (m.k == "request") & families
        yield when_all(request, care & (m.weeks >= weeks)).conclude("met")
        yield when_all(request, care & (m.weeks < weeks) & (m.listed == ""), tolerated).conclude("short")
        # A drug that is still on the list may have been taken all the while.
        yield when_all(request, care & (m.weeks < weeks) & (m.listed != ""), tolerated).conclude("perhaps-longer")
        yield when_all(request, c.care << (m.k == "no-care") & (m.listed == ""), tolerated).conclude("none")
        yield when_all(request, c.care << (m.k == "no-care") & (m.listed != ""), tolerated).conclude("listed-only")
        yield when_all(request, blocked).conclude("not-tolerated")
