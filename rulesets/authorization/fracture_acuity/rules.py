"""An ordered augmentation → how fresh the fracture is where the order is for, and how much it hurts."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

SIGN = m.k == "fracture-sign"
OLD = ("healed", "not-fresh")
INPATIENT = "hospital-inpatient"


def rules(p: Values) -> Iterator[Rule]:
    augmentation = (m.k == "target") & (m.origin == "order") & (m.procedure == "vertebral-augmentation")
    request = c.request << augmentation
    yield from _age(augmentation)
    score = (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0) & (m.age_days <= p("score_days"))
    out = c.elsewhere << absent("place", concept=INPATIENT)
    inside = c.place << (m.k == "place") & (m.concept == INPATIENT)
    for where, least, ending in ((out, "pain_score", ""), (inside, "inpatient_score", "-inpatient")):
        yield when_all(request, c.score << score & (m.value >= p(least)), where).conclude(f"pain-enough{ending}")
        yield when_all(request, c.score << score & (m.value < p(least)), where).conclude(f"pain-little{ending}")
    old = (
        c.score << (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0) & (m.age_days > p("score_days"))
    )
    yield when_all(request, old).conclude("pain-unscored")
    yield when_all(request, c.none << absent("observation", concept="pain-score", rank="0")).conclude("pain-unscored")
    yield from _impact(request, p)
    yield from _bones(request, p("density_days"))


def _impact(request: Any, p: Values) -> Iterator[Rule]:
    """Told of every order; where what is on record answers it, that is the answer."""
    yield when_all(request).conclude("impact")
    recent = (m.k == "observation") & (m.concept == "pain-score") & (m.age_days >= 0) & (m.age_days <= p("score_days"))
    earlier = c.earlier << recent & (m.rank == 1)
    yield when_all(request, earlier, c.score << recent & (m.rank == 0) & (m.value > c.earlier.value)).conclude(
        "impact-worse"
    )
    now = (m.age_days >= 0) & (m.age_days <= p("report_days"))
    said = (m.k == "statement") & (m.negated == 0) & (m.where != "order") & now
    kyphosis = c.kyphosis << said & (m.concept == "kyphotic-deformity")
    height = c.height << said & (m.concept == "severe-height-loss")
    score = (m.k == "observation") & (m.concept == "roland-morris") & (m.rank == 0) & now
    disability = c.disability << score & (m.value > p("roland"))
    yield when_all(request, kyphosis, height).conclude("impact-deformity")
    yield when_all(request, kyphosis, disability).conclude("impact-kyphosis")
    yield when_all(request, height, disability).conclude("impact-height")


def _bones(request: Any, days: int) -> Iterator[Rule]:
    test = m.set == "bone-density"
    yield when_all(request, c.density << (m.k == "order") & test).conclude("density-ordered")
    done = c.density << (m.k == "procedure") & test & (m.rank == 0) & (m.age_days >= 0) & (m.age_days <= days)
    yield when_all(request, done).conclude("density-done")
    yield when_all(request).conclude("bone-health")


def _age(augmentation: Any) -> Iterator[Rule]:
    """By the vertebra that the order names; where order or report names none, by the region."""
    placed = c.request << augmentation & (m.level != "")
    unplaced = c.request << augmentation & (m.level == "") & (m.region != "")
    here = m.region == c.request.region
    fresh = SIGN & (m.sign == "fresh")
    image, unseen = c.image << (m.k == "fracture-image"), c.unseen << absent("fracture-image")
    there = [(placed, m.level == c.request.level), (placed, m.level == ""), (unplaced, m.region == c.request.region)]
    for ordered, where in there:
        yield when_all(ordered, c.sign << fresh & here & where, image).conclude("fresh")
        yield when_all(ordered, c.sign << fresh & here & where, unseen).conclude("fresh-unimaged")
    no_fresh = c.no_fresh << absent("fracture-sign", by="region", sign="fresh") & here
    not_here = c.not_here << absent("fracture-sign", by="level", sign="fresh") & (m.level == c.request.level)
    no_level = c.no_level << absent("fracture-sign", sign="fresh", level="")
    other = c.sign << fresh & (m.level != "") & (m.level != c.request.level)
    yield when_all(placed, other, not_here, no_level).conclude("elsewhere")
    for sign in OLD:
        for ordered, where in there:
            yield when_all(ordered, c.sign << SIGN & (m.sign == sign) & here & where, no_fresh).conclude("old")
    unsigned = c.unsigned << absent("fracture-sign", by="region") & here
    yield when_all(c.request << augmentation & (m.region != ""), unsigned).conclude("age-unknown")
    yield when_all(c.request << augmentation & (m.region == "")).conclude("age-unknown")
