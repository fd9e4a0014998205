"""Cancer and procedures in question → image first."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    metastases = _condition("spinal-malignancy", "bone-metastasis") & (m.region == "")
    no_bone = c.no_bone << absent("condition", set="spinal-malignancy", active="1")
    no_cancer = c.no_cancer << absent("condition", set="malignancy", concept="cancer", active="1")
    over = (m.k == "condition") & (m.set == "malignancy") & (m.concept == "cancer") & (m.active == 0)
    for unimaged in _unimaged():
        yield when_all(*unimaged, c.cancer << metastases).conclude("bone-unimaged")
        yield when_all(*unimaged, c.cancer << _condition("malignancy", "cancer"), no_bone).conclude("active-unimaged")
        history = c.cancer << _condition("cancer-history", "cancer-history")
        yield when_all(*unimaged, history, no_cancer).conclude("past-unimaged")
        # With the history coded as well, one entry is enough.
        uncoded = c.uncoded << absent("condition", set="cancer-history", concept="cancer-history", active="1")
        yield when_all(*unimaged, c.cancer << over, no_cancer, uncoded).conclude("past-unimaged")
    target = c.target << _needle(m.region != "")
    image = c.image << (m.k == "advanced-imaging") & (m.recent == 1) & (m.region == c.target.region)
    yield when_all(target, image, c.cancer << metastases).conclude("bone-imaged")
    elsewhere = c.tumour << (m.k == "spine-tumour") & (m.region != "") & (m.region != c.target.region)
    yield when_all(target, image, elsewhere, *_free()).conclude("elsewhere-imaged")
    unseen = c.unseen << absent("advanced-imaging", by="region", recent="1") & (m.region == c.target.region)
    yield when_all(target, unseen, elsewhere, *_free()).conclude("elsewhere-unimaged")


def _free() -> tuple[Any, Any]:
    """No tumour on record in the region itself: that one is told as an obstacle."""
    undiagnosed = absent("condition", by="region", set="spinal-malignancy", active="1")
    unsaid = absent("statement", by="region", concept="spinal-tumour", negated="0")
    return (
        c.undiagnosed << undiagnosed & (m.region == c.target.region),
        c.unsaid << unsaid & (m.region == c.target.region),
    )


def _unimaged() -> Iterator[tuple[Any, ...]]:
    """The target's region has no recent advanced image; that of the lumbar spine shows the sacroiliac joints too."""
    here = absent("advanced-imaging", by="region", recent="1") & (m.region == c.target.region)
    yield c.target << _needle((m.region != "") & (m.region != "sacroiliac")), c.unseen << here
    yield c.target << _needle(m.region == ""), c.unseen << absent("advanced-imaging", recent="1")
    low = absent("advanced-imaging", region="lumbar", recent="1")
    yield c.target << _needle(m.region == "sacroiliac"), c.unseen << here, c.unseen_low << low


def _needle(test: Any) -> Any:
    families = (m.family != "augmentation") & (m.family != "trigger-point")
    return (m.k == "target") & (m.risk != "none") & families & test


def _condition(name: str, concept: str) -> Any:
    return (m.k == "condition") & (m.set == name) & (m.concept == concept) & (m.active == 1)
