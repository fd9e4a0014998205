"""Axial pain, and imaging of the region that offers no target → a plan, not a needle."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    here = m.region == c.pain.region
    yield when_all(
        c.pain << (m.k == "pain") & (m.pattern == "axial"),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        # Nerve pain anywhere is the primary driver; a second card on every sore spot would chase them all (N09).
        c.no_nerve << absent("nerve-pain"),
        c.no_facet << absent("pain", by="region", pattern="facet") & here,
        # So has pain with a target of its own (sacroiliac, myofascial), and widespread pain.
        c.no_other << absent("specific-pain", by="region") & here,
        c.one_place << absent("pain", pattern="widespread"),
        c.no_finding << absent("abnormal-imaging", by="region") & here,
    ).derive("plain-axial", region=c.pain.region)
    axial = c.pain << (m.k == "plain-axial")
    # Therapy of the low back waits where the hip hurts on rotation; of the neck it does not.
    treated = (
        (c.pain << (m.k == "plain-axial") & (m.region != "lumbar"),),
        (c.pain << (m.k == "plain-axial") & (m.region == "lumbar"), c.no_hip << absent("hip-sign", reason="rotation")),
    )
    normal = c.normal << (m.k == "normal-imaging") & here
    yield when_all(axial, normal).conclude("no-needle")
    for pain, *unless_hip in treated:
        yield when_all(pain, normal, *unless_hip).conclude("plan")
    worn = c.worn << _shown("disc-degeneration") & (m.negated == 0) & here
    plain = c.plain << absent("normal-imaging", by="region") & here
    for finding in ("disc-herniation", "nerve-root-compression"):
        denied = c.denied << _shown(finding) & (m.negated == 1) & here
        yield when_all(axial, plain, worn, denied).conclude("worn-discs")
        for pain, *unless_hip in treated:
            yield when_all(pain, plain, worn, denied, *unless_hip).conclude("worn-discs-plan")


def _shown(finding: str) -> Any:
    return (m.k == "statement") & (m.concept == finding) & (m.where != "note")
