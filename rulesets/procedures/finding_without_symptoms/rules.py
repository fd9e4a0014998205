"""Imaging that shows something, and symptoms that do not match → treat the person."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

FINDINGS = ("disc-herniation", "spinal-stenosis")


def rules(_: Values) -> Iterator[Rule]:
    calm = c.calm << absent("red-flag")
    for pattern in ("radicular", "claudication"):
        yield when_all(
            c.pain << (m.k == "pain") & (m.pattern == "axial") & (m.region != ""),
            c.hook << (m.k == "hook") & (m.hook == "patient-view"),
            calm,
            c.seen << (m.k == "explanation") & (m.pattern == pattern) & (m.region == c.pain.region),
            # Nerve pain anywhere is the primary driver; facet and widespread pain have answers of their own.
            c.no_nerve << absent("nerve-pain"),
            c.no_facet << absent("pain", by="region", pattern="facet") & (m.region == c.pain.region),
            c.one_place << absent("pain", pattern="widespread"),
        ).conclude("axial-only")
    order = (m.k == "target") & (m.origin == "order") & (m.region != "")
    here = m.region == c.order.region
    said = (m.k == "statement") & (m.set == "pain-description")
    for finding in FINDINGS:
        yield when_all(
            c.order << order & (m.family == "epidural"),
            c.said << said & (m.concept == "limb-pain") & (m.negated == 1),
            c.finding << (m.k == "condition") & (m.concept == finding) & (m.active == 1) & here,
            c.unsaid << absent("statement", concept="limb-pain", negated="0"),
            *_no_nerve(here),
            calm,
        ).conclude("denied")
    yield when_all(
        c.order << order & (m.risk != "none"),
        c.said << said & (m.concept == "no-symptoms") & (m.negated == 0),
        c.no_pain << absent("pain", by="region") & here,
        c.no_stray_pain << absent("pain", region=""),
        calm,
    ).conclude("no-symptoms")


def _no_nerve(here: Any) -> tuple[Any, Any]:
    return c.no_nerve << absent("nerve-pain", by="region") & here, c.no_stray << absent("nerve-pain", region="")
