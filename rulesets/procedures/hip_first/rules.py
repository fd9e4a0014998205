"""Signs of the hip beside back or buttock pain → the hip first."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# What the hip can be mistaken for, and the procedures that would then miss it.
MISTAKEN = (("axial", "lumbar"), ("facet", "lumbar"), ("myofascial", "lumbar"), ("sacroiliac", "sacroiliac"))
NEEDLES = (
    ("epidural", "lumbar"),
    ("facet", "lumbar"),
    ("trigger-point", "lumbar"),
    ("basivertebral", "lumbar"),
    ("sacroiliac", "sacroiliac"),
)

# What points to a hip that was not examined; the first of these is said.
REASONS = ("pain", "groin", "disease")


def rules(_: Values) -> Iterator[Rule]:
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    no_nerve = (c.no_nerve << absent("nerve-pain", region="lumbar"), c.no_stray << absent("nerve-pain", region=""))
    rotation = c.sign << (m.k == "hip-sign") & (m.reason == "rotation")
    unexamined = (c.unexamined << absent("hip-sign", reason="rotation"), c.not_free << absent("free-hip"))
    pains = [c.pain << (m.k == "pain") & (m.pattern == name) & (m.region == region) for name, region in MISTAKEN]
    for place, reason in enumerate(REASONS):
        first = [getattr(c, f"no_{n}") << absent("hip-sign", reason=said) for n, said in enumerate(REASONS[:place])]
        found = c.sign << (m.k == "hip-sign") & (m.reason == reason)
        yield when_all(found, *unexamined, *first).derive("unexamined-hip", reason=reason)
    sign = c.sign << (m.k == "unexamined-hip")
    for pain in (*pains, c.pain << (m.k == "posterior-pelvic-pain") & (m.diagnosed == 0)):
        yield when_all(rotation, pain, *view, *no_nerve).conclude("hip-first")
        # Worn hips are common: beside plain low back pain the list alone says nothing until a needle is in question.
        told = sign & (m.reason != "disease") if pain is pains[0] else sign
        yield when_all(told, pain, *view, *no_nerve).conclude("hip-beside")
    needle = c.needle << (m.k == "target") & (m.risk != "none") & ((m.region == "lumbar") | (m.region == "sacroiliac"))
    yield when_all(sign & (m.reason == "disease"), pains[0], needle, *view, *no_nerve).conclude("hip-beside")
    for region in ("lumbar", ""):
        yield when_all(rotation, c.nerve << (m.k == "nerve-pain") & (m.region == region), *view).conclude("both")
    for family, region in NEEDLES:
        order = (m.k == "target") & (m.origin == "order") & (m.family == family) & (m.region == region)
        yield when_all(c.order << order, rotation, *no_nerve).conclude("order-before-hip")
