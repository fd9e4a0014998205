"""Facet or axial pain without nerve pain → evidence; a facet order for nerve pain alone → warning."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

NERVE = ("radicular", "claudication")


def rules(_: Values) -> Iterator[Rule]:
    alone = (
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.no_nerve << absent("nerve-pain", by="region") & (m.region == c.pain.region),
        c.no_other << absent("nerve-pain", region=""),
    )
    facet = c.pain << (m.k == "pain") & (m.pattern == "facet") & (m.region != "")
    axial = c.pain << (m.k == "pain") & (m.pattern == "axial") & (m.region != "")
    undiagnosed = c.undiagnosed << absent("pain", by="region", pattern="facet") & (m.region == c.pain.region)
    for patterns in ((facet, *alone), (axial, *alone, undiagnosed)):
        yield when_all(*patterns).derive(
            "facet-evidence",
            pattern=c.pain.pattern,
            region=c.pain.region,
            side=c.pain.side,
            confirmed=c.pain.confirmed,
        )
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.family == "facet") & (m.region != "")
    none = [absent("pain", by="region", pattern=pattern) for pattern in ("facet", "axial")]
    nowhere = [getattr(c, f"no_{n}") << item & (m.region == c.order.region) for n, item in enumerate(none)]
    cyst = absent("statement", by="region", concept="facet-cyst", negated="0")
    for pattern in NERVE:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & (m.region == c.order.region)
        no_cyst = c.no_cyst << cyst & (m.region == c.order.region)
        yield when_all(order, pain, *nowhere, no_cyst).conclude("nerve-not-facet")
