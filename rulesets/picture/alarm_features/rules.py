"""Spine pain, its age, and what makes a serious cause more likely."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PAIN = ("axial-spine-pain", "radicular-pain", "facet-pain", "neurogenic-claudication")
NEW = c.pain << (m.k == "new-pain")
PROBLEM = c.problem << (m.k == "spine-problem")
# At the doses of rheumatology they weaken little.
MILD = ("methotrexate", "leflunomide")
LASTING = ("hiv", "transplant", "immunodeficiency", "neutropenia", "immunosuppressive-therapy")
TITLES = {
    "cancer": "active cancer",
    "cancer-history": "cancer in the past",
    "iv-drug-use": "intravenous drug use",
    "weak-defence": "a weakened defence against infection",
    "thin-bone": "thin bone",
    "trauma": "an injury",
    "night-pain": "night pain",
    "fever-undated": "a fever without a date",
}


def rules(p: Values) -> Iterator[Rule]:
    for concept in PAIN:
        pain = (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        known = pain & (m.onset_known == 1) & (m.onset_days >= 0) & (m.onset_days <= p("new_pain_days"))
        yield when_all(c.pain << known).derive("new-pain", region=c.pain.region, known=1)
        unknown = pain & (m.onset_known == 0) & (m.onset_days <= p("new_pain_days"))
        yield when_all(c.pain << unknown).derive("new-pain", region=c.pain.region, known=0)
    yield from _cancer()
    for used in (_condition("alarm-features", "iv-drug-use"), _noted("iv-drug-use")):
        yield _beside_new(c.found << used, "iv-drug-use")
    for weak in _weakened(p):
        yield _beside_new(c.found << weak, "weak-defence")
    for night in (_condition("alarm-features", "night-pain"), _noted("night-pain")):
        yield when_all(PROBLEM, c.found << night).derive("alarm-feature", **_feature("night-pain", c.problem.region, 1))
    undated = c.found << _condition("infection", "fever") & (m.latest_days < 0)
    yield when_all(PROBLEM, undated).derive("alarm-feature", **_feature("fever-undated", "", 0))
    yield from _broken(p)
    yield from _images(p)


def _cancer() -> Iterator[Rule]:
    active = c.found << _condition("malignancy", "cancer")
    # Metastases of bone are raised by themselves.
    elsewhere = c.elsewhere << absent("condition", set="spinal-malignancy", active="1")
    yield _beside_new(active, "cancer", elsewhere)
    no_cancer = c.no_cancer << absent("condition", set="malignancy", concept="cancer", active="1")
    over = (m.k == "condition") & (m.set == "malignancy") & (m.concept == "cancer") & (m.active == 0)
    for past in (over, _condition("cancer-history", "cancer-history")):
        yield _beside_new(c.found << past, "cancer-history", no_cancer)


def _weakened(p: Values) -> Iterator[Any]:
    for concept in LASTING:
        yield _condition("immunosuppression", concept)
    yield _condition("immunosuppression", "chemotherapy") & (m.latest_days <= p("chemotherapy_days"))
    drug = (m.k == "medication") & (m.state == "active") & (m.route != "local")
    yield drug & (m.set == "immunosuppressants") & (m.concept != MILD[0]) & (m.concept != MILD[1])
    yield drug & (m.set == "chemotherapy-drugs")
    for term in ("long", "coded"):
        yield (m.k == "systemic-steroid") & (m.term == term)


def _broken(p: Values) -> Iterator[Rule]:
    """Injuries, falls and sudden pain where bone is brittle."""
    for concept in ("osteoporosis", "osteoporotic-fracture"):
        yield when_all(c.found << _condition("osteoporosis", concept)).derive("brittle", reason="osteoporosis")
    for term in ("long", "coded"):
        steroid = c.found << (m.k == "systemic-steroid") & (m.term == term)
        yield when_all(steroid).derive("brittle", reason="steroid")
    brittle = c.brittle << (m.k == "brittle")
    old = c.brittle << (m.k == "patient") & (m.age >= p("old_age"))
    # The day of writing it down is not the day of the injury.
    lately = (m.onset_known == 1) & (m.latest_days >= 0) & (m.latest_days <= p("trauma_days"))
    hurt = _feature("trauma", c.problem.region, 1)
    yield when_all(PROBLEM, c.found << _condition("alarm-features", "trauma") & lately).derive("alarm-feature", **hurt)
    fall = c.found << _condition("alarm-features", "fall") & lately
    for weak in (brittle, old):
        yield when_all(PROBLEM, fall, weak).derive("alarm-feature", **hurt)
    sudden = _condition("axial-spine-pain", "axial-spine-pain") & (m.onset_known == 1) & (m.region != "cervical")
    fresh = c.pain << sudden & (m.onset_days >= 0) & (m.onset_days <= p("sudden_days"))
    yield when_all(fresh, brittle).derive("alarm-feature", **_feature("thin-bone", c.pain.region, 1))


def _images(p: Values) -> Iterator[Rule]:
    for concept in ("mri", "ct", "ct-myelogram"):
        image = (m.k == "imaging") & (m.concept == concept) & (m.age_days >= 0)
        yield when_all(c.image << image & (m.age_days <= p("image_days"))).derive("tumour-image", region=c.image.region)
    image = c.image << (m.k == "imaging") & (m.age_days >= 0)
    for concept in ("trauma", "fall"):
        hurt = c.found << _condition("alarm-features", concept) & (m.latest_days >= c.image.age_days)
        yield when_all(image, hurt).derive("image-after", event="trauma", region=c.image.region)
    pain = _condition("axial-spine-pain", "axial-spine-pain") & (m.onset_known == 1)
    begun = c.pain << pain & (m.onset_days >= c.image.age_days)
    yield when_all(image, begun).derive("image-after", event="pain", region=c.image.region)


def _beside_new(found: Any, feature: str, *also: Any) -> Rule:
    return when_all(NEW, found, *also).derive("alarm-feature", **_feature(feature, c.pain.region, c.pain.known))


def _feature(feature: str, region: Any, known: Any) -> dict[str, Any]:
    return {"feature": feature, "title": TITLES[feature], "region": region, "known": known}


def _condition(name: str, concept: str) -> Any:
    return (m.k == "condition") & (m.set == name) & (m.concept == concept) & (m.active == 1)


def _noted(concept: str) -> Any:
    said = (m.k == "statement") & (m.set == "alarm-findings") & (m.concept == concept)
    return said & (m.negated == 0) & (m.where == "note")
