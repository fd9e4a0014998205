"""Tumours, malformed, operated and narrow canals, pressure in the skull → ways that a needle must not take."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

OPERATIONS = ("spine-fusion", "spine-decompression", "spine-surgery")
SAID = {"spinal-tumour": "spine-tumour", "dysraphism": "malformed-canal"}


def rules(p: Values) -> Iterator[Rule]:
    recent = (m.where != "order") & (m.negated == 0) & (m.age_days <= p("recent_days"))
    yield from _sources(recent)
    # Augmentation may be done because of the tumour.
    through = (m.k == "target") & (m.risk != "none") & (m.family != "augmentation")
    yield from _there(through, m.k == "spine-tumour", "tumour")
    yield from _malformed()
    epidural = c.target << (m.k == "target") & ((m.family == "epidural") | (m.family == "adhesiolysis"))
    calm = c.calm << absent("condition", set="raised-icp", concept="raised-pressure", active="1")
    yield when_all(epidural, c.pressure << _condition("raised-icp", "raised-pressure")).conclude("raised-pressure")
    yield when_all(epidural, c.pressure << _condition("raised-icp", "hydrocephalus"), calm).conclude("hydrocephalus")
    yield from _operated()
    yield from _narrow()
    yield from _neck()


def _sources(recent: Any) -> Iterator[Rule]:
    for concept, kind in SAID.items():
        said = c.found << (m.k == "statement") & (m.concept == concept) & recent
        yield when_all(said).derive(kind, region=c.found.region)
    narrow = c.found << (m.k == "statement") & (m.concept == "severe-central-stenosis") & recent
    yield when_all(narrow).derive("narrow-canal", region=c.found.region, level=c.found.level)
    tumour = c.found << _condition("spinal-malignancy", "spinal-tumour")
    yield when_all(tumour).derive("spine-tumour", region=c.found.region)
    placed = c.found << _condition("spinal-malignancy", "bone-metastasis") & (m.region != "")
    yield when_all(placed).derive("spine-tumour", region=c.found.region)
    for concept in ("spina-bifida", "tethered-cord"):
        yield when_all(c.found << _condition("dysraphism", concept)).derive("malformed-canal", region=c.found.region)
    done = [(m.k == "procedure") & (m.set == "surgical-procedures") & (m.concept == name) for name in OPERATIONS]
    done += [(m.k == "statement") & (m.concept == "operated-level") & (m.negated == 0) & (m.where != "order")]
    for fact in (*done, _condition("post-laminectomy", "post-laminectomy")):
        yield when_all(c.found << fact).derive("operated", region=c.found.region, level=c.found.level)


def _malformed() -> Iterator[Rule]:
    midline = (m.k == "target") & ((m.procedure == "epidural-interlaminar") | (m.procedure == "epidural-caudal"))
    yield from _there(midline, m.k == "malformed-canal", "dysraphism")
    elsewhere = c.found << (m.k == "malformed-canal") & (m.region != "") & (m.region != c.target.region)
    yield when_all(c.target << midline & (m.region != ""), elsewhere).conclude("dysraphism-elsewhere")
    low = c.target << midline & ((m.region == "lumbar") | (m.region == ""))
    variant = c.found << _condition("dysraphism", "spina-bifida-occulta")
    unseen = c.unseen << absent("advanced-imaging", region="lumbar", recent="1")
    yield when_all(low, variant, unseen).conclude("occulta")
    seen = c.image << (m.k == "advanced-imaging") & (m.region == "lumbar") & (m.recent == 1)
    yield when_all(low, variant, seen).conclude("occulta-imaged")


def _operated() -> Iterator[Rule]:
    """At the level of entry, or somewhere in its region where one of the two levels is not known."""
    yield from _at_level("operated", m.k == "operated", ("span", "bone"), "operated-level")
    region = (m.k == "operated") & (m.region == c.target.region)
    more = (m.k == "order-level") & (m.concept == "epidural-interlaminar") & (m.region == c.target.region)
    further = c.further << more & (m.origin == c.target.origin)
    there = c.found << (m.k == "operated") & (m.level == c.further.level)
    yield when_all(c.target << _interlaminar(m.level != ""), further, there).conclude("operated-further")
    unnamed = c.target << _interlaminar((m.level == "") & (m.region != ""))
    yield when_all(unnamed, c.found << region).conclude("operated-region")
    named = c.target << _interlaminar((m.level != "") & (m.region != ""))
    unreported = absent("statement", by="level", concept="operated-level", negated="0") & (m.level == c.target.level)
    undone = absent("procedure", by="level", set="surgical-procedures") & (m.level == c.target.level)
    somewhere = c.found << region & (m.level == "")
    yield when_all(named, somewhere, c.unreported << unreported, c.undone << undone).conclude("operated-region")


def _narrow() -> Iterator[Rule]:
    yield from _at_level("narrow", m.k == "narrow-canal", ("span",), "severe-stenosis")
    region = (m.k == "narrow-canal") & (m.region == c.target.region)
    unnamed = c.target << _interlaminar((m.level == "") & (m.region != ""))
    yield when_all(unnamed, c.found << region).conclude("severe-stenosis-region")
    named = c.target << _interlaminar((m.level != "") & (m.region != ""))
    wide = absent("statement", by="level", concept="severe-central-stenosis", negated="0") & (m.level == c.target.level)
    other = c.found << region & (m.level != c.target.level)
    yield when_all(named, other, c.wide << wide).conclude("severe-stenosis-region")


def _at_level(what: str, found: Any, reaches: tuple[str, ...], outcome: str) -> Iterator[Rule]:
    """Found at the named level of entry, or over a span that takes it in."""
    named = c.target << _interlaminar(m.level != "")
    yield when_all(named, c.found << found & (m.level == c.target.level)).conclude(outcome)
    near = c.found << found & (m.region == c.target.region) & (m.level != c.target.level)
    reach = lookup("covers", c.found.level, c.target.level, part="it")
    yield when_all(named, near).derive("reached", what=what, level=c.target.level, reach=reach)
    for name in reaches:
        known = (m.k == "reached") & (m.what == what) & (m.reach == name) & (m.level == c.target.level)
        yield when_all(named, c.found << known).conclude(outcome)


def _neck() -> Iterator[Rule]:
    ordered = _interlaminar((m.region == "cervical") & (m.origin != "suggestion"))
    unseen = c.unseen << absent("advanced-imaging", region="cervical", recent="1")
    yield when_all(c.target << ordered, unseen).conclude("neck-not-imaged")
    yield when_all(c.target << ordered & (m.level == "")).conclude("neck-level-unnamed")
    upper = (m.level == "C2-C3") | (m.level == "C3-C4") | (m.level == "C4-C5") | (m.level == "C5-C6")
    single = (m.level == "C2") | (m.level == "C3") | (m.level == "C4") | (m.level == "C5")
    yield when_all(c.target << _interlaminar(upper | single)).conclude("neck-too-high")


def _there(target: Any, found: Any, outcome: str) -> Iterator[Rule]:
    """In the target's region, or where one of the two does not say which."""
    yield when_all(c.target << target, c.found << found & (m.region == c.target.region)).conclude(outcome)
    yield when_all(c.target << target & (m.region != ""), c.found << found & (m.region == "")).conclude(outcome)
    yield when_all(c.target << target & (m.region == ""), c.found << found & (m.region != "")).conclude(outcome)


def _interlaminar(test: Any) -> Any:
    return (m.k == "target") & (m.procedure == "epidural-interlaminar") & test


def _condition(name: str, concept: str) -> Any:
    return (m.k == "condition") & (m.set == name) & (m.concept == concept) & (m.active == 1)
