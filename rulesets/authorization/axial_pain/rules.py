"""A facet request and the pains of its region → whether a nerve is in play that comes first."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

AXIAL = ("facet", "axial")
NERVE = ("radicular", "claudication")


def rules(_: Values) -> Iterator[Rule]:
    request = (m.k == "request") & (m.family == "facet")
    placed, here = c.request << request & (m.region != ""), m.region == c.request.region
    yield when_all(c.request << request & (m.region == "")).conclude("without-region")
    free = [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in NERVE]
    cyst = (m.k == "statement") & (m.concept == "facet-cyst") & (m.negated == 0) & here
    no_cyst = c.no_cyst << absent("statement", by="region", concept="facet-cyst", negated="0") & here
    for pattern in AXIAL:
        yield when_all(placed, c.pain << (m.k == "pain") & (m.pattern == pattern) & here, *free).conclude("met")
    for pattern in NERVE:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & here
        yield when_all(placed, pain & (m.confirmed == 1), no_cyst).conclude("nerve")
        yield when_all(placed, pain & (m.confirmed != 1), no_cyst).conclude("nerve-unconfirmed")
        yield when_all(placed, pain, c.cyst << cyst).conclude("cyst")
    unaxial = [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in AXIAL]
    yield when_all(placed, *free, *unaxial).conclude("none")
