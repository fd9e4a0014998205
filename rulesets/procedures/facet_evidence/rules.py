"""Facet or axial pain alone → evidence; a facet order for nerve pain alone, or for a fresh fracture → warning."""

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
    undiagnosed = c.undiagnosed << absent("pain", by="region", pattern="facet") & (m.region == c.pain.region)
    # A fresh fracture is the pain until it has healed; a hip that hurts on rotation comes before the low back.
    whole = c.whole << absent("fracture-sign", by="region", sign="fresh") & (m.region == c.pain.region)
    low, high = m.region == "lumbar", (m.region == "cervical") | (m.region == "thoracic")
    places = ((low, (c.free_hip << absent("hip-sign", reason="rotation"),)), (high, ()))
    for pattern, own in (("facet", ()), ("axial", (undiagnosed,))):
        for place, more in places:
            pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & place
            yield when_all(pain, *alone, *own, whole, *more).derive(
                "facet-evidence",
                pattern=c.pain.pattern,
                region=c.pain.region,
                side=c.pain.side,
                confirmed=c.pain.confirmed,
            )
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.family == "facet") & (m.region != "")
    fresh = c.fresh << (m.k == "fracture-sign") & (m.sign == "fresh") & (m.region == c.order.region)
    yield when_all(order, fresh).conclude("fresh-fracture")
    none = [absent("pain", by="region", pattern=pattern) for pattern in ("facet", "axial")]
    nowhere = [getattr(c, f"no_{n}") << item & (m.region == c.order.region) for n, item in enumerate(none)]
    cyst = absent("statement", by="region", concept="facet-cyst", negated="0")
    for pattern in NERVE:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & (m.region == c.order.region)
        no_cyst = c.no_cyst << cyst & (m.region == c.order.region)
        yield when_all(order, pain, *nowhere, no_cyst).conclude("nerve-not-facet")
