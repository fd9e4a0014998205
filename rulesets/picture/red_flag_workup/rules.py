"""Infection, fever, cancer, weight loss and fractures → red flags."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PROBLEM = c.problem << (m.k == "spine-problem")
BLOOD = ("sepsis", "bloodstream-infection", "endocarditis")
FRACTURES = ("osteoporotic-vertebral-fracture", "vertebral-compression-fracture", "wedge-fracture")
# What passes by itself and may explain a fever; pneumonia or a urinary infection may be the source of a spinal one.
ILLNESSES = ("influenza", "covid-19", "airway-infection", "gastroenteritis")


def rules(p: Values) -> Iterator[Rule]:
    for concept in FRACTURES:
        broken = c.found << _condition("compression-fracture", concept)
        yield when_all(broken).derive("spine-problem", region=c.found.region)
    yield from _infection(p)
    yield from _fever(p)
    yield from _tumour(p)
    yield from _suspected()
    yield from _fracture(p)
    loss = _condition("alarm-features", "weight-loss") & (m.latest_days <= p("weight_loss_days"))
    yield when_all(PROBLEM, c.found << loss).derive("red-flag", **_flag("weight-loss"))
    yield when_all(PROBLEM, c.found << _noted("weight-loss")).derive("red-flag", **_flag("weight-loss"))


def _infection(p: Values) -> Iterator[Rule]:
    entry = _condition("infection", "spinal-infection")
    fresh = entry & (m.latest_days <= p("infection_days"))
    still = entry & (m.latest_days > p("infection_days")) & (m.latest_days <= p("infection_open_days"))
    # "Suspected discitis" is a diagnosis by its words, whatever its status says.
    sure = c.sure << absent("condition", set="alarm-features", concept="infection-suspected", active="1")
    yield when_all(c.found << fresh & (m.confirmed == 1), sure).derive("red-flag", **_at("spinal-infection"))
    yield when_all(c.found << fresh & (m.confirmed == 0)).derive("red-flag", **_at("infection-suspected"))
    worded = _condition("alarm-features", "infection-suspected") & (m.latest_days <= p("infection_days"))
    yield when_all(c.found << worded).derive("red-flag", **_at("infection-suspected"))
    yield when_all(c.found << still).derive("red-flag", **_at("infection-open"))
    certain = _reported("alarm-findings", "spinal-infection", p("report_days"))
    yield when_all(c.found << certain).derive("red-flag", **_at("spinal-infection"))
    # Wider words, and what is said with doubt; a foot has osteomyelitis too, so the report has to name the spine.
    named = _reported("spinal-infection-findings", "spinal-infection", p("report_days")) & (m.region != "")
    yield when_all(c.found << named).derive("red-flag", **_at("infection-suspected"))
    noted = c.found << _noted("spinal-infection")
    yield when_all(PROBLEM, noted).derive("red-flag", **_at("infection-suspected"))
    for concept in BLOOD:
        blood = _condition("infection", concept) & (m.latest_days >= 0) & (m.latest_days <= p("blood_days"))
        pain = c.pain << (m.k == "new-pain")
        yield when_all(pain, c.found << blood).derive("red-flag", **_flag("bloodstream-infection"))


def _fever(p: Values) -> Iterator[Rule]:
    reading = (m.k == "observation") & (m.concept == "body-temperature") & (m.rank == 0) & (m.value >= p("fever"))
    entry = _condition("infection", "fever") & (m.latest_days >= 0)
    for found in (reading & (m.age_days <= p("fever_days")), entry & (m.latest_days <= p("fever_days"))):
        yield when_all(PROBLEM, c.found << found).derive("red-flag", **_flag("fever"))
    yield when_all(PROBLEM, c.found << _noted("fever")).derive("red-flag", **_flag("fever"))
    for illness in ILLNESSES:
        entry = _condition("infection", illness) & (m.latest_days >= 0) & (m.latest_days <= p("illness_days"))
        yield when_all(c.illness << entry).derive("fever-cause", illness=illness)


def _tumour(p: Values) -> Iterator[Rule]:
    coded = _condition("spinal-malignancy", "spinal-tumour")
    cancer = c.cancer << _condition("malignancy", "cancer")
    no_cancer = c.no_cancer << absent("condition", set="malignancy", concept="cancer", active="1")
    placed = _condition("spinal-malignancy", "bone-metastasis") & (m.region != "")
    metastasis = _reported("alarm-findings", "spinal-metastasis", p("tumour_report_days")) & (m.region != "")
    lesion = _reported("needle-path-findings", "spinal-tumour", p("tumour_report_days")) & (m.region != "")
    # Meningioma and the like carry no code of cancer: said with less alarm.
    for found, flag, also in (
        (coded & (m.confirmed == 1), "spinal-cancer", (cancer,)),
        (coded & (m.confirmed == 1), "spinal-tumour", (no_cancer,)),
        (coded & (m.confirmed == 0), "spinal-tumour", ()),
        (placed & (m.confirmed == 1), "spinal-cancer", ()),
        (placed & (m.confirmed == 0), "spinal-tumour", ()),
        (metastasis, "spinal-cancer", ()),
        (lesion, "spinal-tumour", ()),
    ):
        yield when_all(c.found << found, *also).derive("spine-lesion", **_at(flag))
    lesion = m.k == "spine-lesion"
    same = PROBLEM, c.found << lesion & (m.region == c.problem.region)
    unplaced = c.problem << (m.k == "spine-problem") & (m.region == ""), c.found << lesion & (m.region != "")
    anywhere = c.problem << (m.k == "spine-problem") & (m.region != ""), c.found << lesion & (m.region == "")
    for pair in (same, unplaced, anywhere):
        yield when_all(*pair).derive("red-flag", **_at(c.found.flag))


def _suspected() -> Iterator[Rule]:
    """Pain that cancer may explain, and no image that could say otherwise."""
    cancer = _condition("malignancy", "cancer")
    unplaced = _condition("spinal-malignancy", "bone-metastasis") & (m.region == "")
    new = c.pain << (m.k == "new-pain") & (m.known == 1) & (m.region != "")
    there = c.pain << (m.k == "spine-problem") & (m.region != "")
    for pain, found in ((new, cancer), (there, unplaced)):
        no_mri, no_ct = (
            absent("imaging", by="region", concept=name) & (m.region == c.pain.region) for name in ("mri", "ct")
        )
        yield when_all(pain, c.cancer << found, c.no_mri << no_mri, c.no_ct << no_ct).derive(
            "red-flag", **_flag("tumour-suspected", c.pain.region)
        )
    over = (m.k == "condition") & (m.set == "malignancy") & (m.concept == "cancer") & (m.active == 0)
    for found in (cancer, over, _condition("cancer-history", "cancer-history")):
        yield when_all(c.cancer << found).derive("cancer-ever", said=c.cancer.set)
    night = c.night << (m.k == "alarm-feature") & (m.feature == "night-pain")
    yield when_all(night, c.cancer << (m.k == "cancer-ever")).derive("red-flag", **_flag("tumour-suspected"))


def _fracture(p: Values) -> Iterator[Rule]:
    unstable = _condition("unstable-spine", "unstable-fracture") & (m.latest_days <= p("fracture_days"))
    of_cancer = _condition("unstable-spine", "pathological-fracture") & (m.latest_days <= p("pathological_days"))
    said = _reported("alarm-findings", "unstable-fracture", p("report_days"))
    for found, flag in (
        (unstable, "unstable-fracture"),
        (said, "unstable-fracture"),
        (of_cancer, "pathological-fracture"),
    ):
        yield when_all(c.found << found).derive("red-flag", **_at(flag))


def _flag(flag: str, region: Any = "") -> dict[str, Any]:
    return {"flag": flag, "region": region, "side": ""}


def _at(flag: Any) -> dict[str, Any]:
    return {"flag": flag, "region": c.found.region, "side": c.found.side}


def _condition(name: str, concept: str) -> Any:
    return (m.k == "condition") & (m.set == name) & (m.concept == concept) & (m.active == 1)


def _reported(name: str, concept: str, days: int) -> Any:
    said = (m.k == "statement") & (m.set == name) & (m.concept == concept) & (m.negated == 0)
    return said & (m.where != "note") & (m.where != "order") & (m.age_days <= days)


def _noted(concept: str) -> Any:
    said = (m.k == "statement") & (m.set == "alarm-findings") & (m.concept == concept)
    return said & (m.negated == 0) & (m.where == "note")
