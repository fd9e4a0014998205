"""An ordered injection and the sedation ordered with it → whether a reason has to be documented."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block", "facet", "sacroiliac", "trigger-point", "sympathetic")


def rules(_: Values) -> Iterator[Rule]:
    injection = one_of("family", FAMILIES)
    request = (m.k == "request") & (m.origin == "order") & injection
    here = m.region == c.request.region
    # Words of sedation hold for their region, a code for all that is ordered with it.
    yield when_all(c.request << request, c.sedated << (m.k == "sedated-procedure") & here).conclude("ordered")
    placed, unplaced = c.request << request & (m.region != ""), c.request << request & (m.region == "")
    yield when_all(placed, c.none << absent("sedated-procedure", by="region") & here).conclude("none")
    yield when_all(unplaced, c.none << absent("sedated-procedure", region="")).conclude("none")
