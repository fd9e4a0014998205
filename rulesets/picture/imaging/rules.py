"""Studies and the words of reports → imaging that fits, does not fit, or is normal."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Which findings explain which pattern (mission rows P01, P02, P03, P06).
EXPLAINS = {
    "radicular": ("nerve-root-compression", "disc-herniation", "foraminal-stenosis", "epidural-scar"),
    "claudication": ("central-stenosis",),
    "postsurgical": ("epidural-scar", "central-stenosis", "disc-herniation", "nerve-root-compression"),
    "facet": ("facet-arthropathy",),
}
# What its denial speaks against: a scar or a worn facet joint may be there unmentioned.
DENIALS = {"radicular": ("nerve-root-compression", "disc-herniation"), "claudication": ("central-stenosis",)}
ABNORMAL = (
    "nerve-root-compression",
    "disc-herniation",
    "foraminal-stenosis",
    "central-stenosis",
    "cord-compression",
    "facet-arthropathy",
    "compression-fracture",
)
ALSO_ABNORMAL = ("modic-changes", "modic-type-3", "spondylolisthesis", "instability", "epidural-scar", "cord-contact")

# Named as one stretch, and three discs or more.
STRETCHES = ("L1-L4", "L1-L5", "L1-S1", "L2-L5", "L2-S1", "L3-S1")


def rules(p: Values) -> Iterator[Rule]:
    yield from _studies(p)
    for pattern, findings in EXPLAINS.items():
        for finding in findings:
            yield when_all(c.seen << _shown(p, finding)).derive("explanation", **_explanation(pattern, finding))
    yield from _concordance()
    for pattern, findings in DENIALS.items():
        for finding in findings:
            denied = c.denied << _said(p, finding) & (m.negated == 1)
            yield when_all(denied).derive("contrary-imaging", pattern=pattern, region=c.denied.region)
        yield when_all(c.normal << (m.k == "normal-imaging")).derive(
            "contrary-imaging", pattern=pattern, region=c.normal.region
        )
    unless = [absent("statement", by="region", concept=name, negated="0") for name in ABNORMAL]
    yield when_all(
        c.normal << _shown(p, "normal-study"),
        *(getattr(c, f"no_{place}") << item & (m.region == c.normal.region) for place, item in enumerate(unless)),
    ).derive("normal-imaging", region=c.normal.region)
    for finding in (*ABNORMAL, *ALSO_ABNORMAL):
        yield when_all(c.seen << _shown(p, finding)).derive("abnormal-imaging", region=c.seen.region, finding=finding)
    yield from _wide(p)


def _said(p: Values, finding: str) -> Any:
    return (m.k == "statement") & (m.concept == finding) & (m.where != "note") & (m.age_days <= p("recent_days"))


def _shown(p: Values, finding: str) -> Any:
    return _said(p, finding) & (m.negated == 0)


def _studies(p: Values) -> Iterator[Rule]:
    recent, old, undated = m.age_days <= p("recent_days"), m.age_days > p("recent_days"), m.age_days < 0
    for modality in ("mri", "ct", "ct-myelogram"):
        study = (m.k == "imaging") & (m.concept == modality)
        for counts, test in ((1, (m.age_days >= 0) & recent), (0, old), (0, undated)):
            yield when_all(c.study << study & test).derive(
                "advanced-imaging", region=c.study.region, recent=counts, age_days=c.study.age_days
            )


def _explanation(pattern: str, finding: str) -> dict[str, Any]:
    of_seen = {"region": c.seen.region, "side": c.seen.side, "age_days": c.seen.age_days}
    return {"pattern": pattern, "finding": finding, **of_seen}


def _concordance() -> Iterator[Rule]:
    # Unknown side on either part neither proves nor disproves: it agrees, and the side stays the patient's.
    for sides in (m.side == c.pain.side, m.side == "", m.side == "bilateral"):
        seen = c.seen << (m.k == "explanation") & (m.region == c.pain.region) & (m.pattern == c.pain.pattern) & sides
        yield when_all(_pain(m.region != ""), seen).derive("concordant-imaging", **_agreement(c.pain.side))
    for own in ("", "bilateral"):
        seen = c.seen << (m.k == "explanation") & (m.region == c.pain.region) & (m.pattern == c.pain.pattern)
        yield when_all(_pain(m.side == own), seen & (m.side != "")).derive(
            "concordant-imaging", **_agreement(c.seen.side)
        )
    for own, other in (("left", "right"), ("right", "left")):
        seen = c.seen << (m.k == "explanation") & (m.region == c.pain.region) & (m.pattern == c.pain.pattern)
        # A worn facet joint on one side is common without pain; it contradicts nothing.
        yield when_all(_pain((m.side == own) & (m.pattern != "facet")), seen & (m.side == other)).derive(
            "discordant-side", region=c.pain.region, image_side=other, pain_side=own
        )
    # Radicular pain on both sides has a central cause.
    yield when_all(
        _pain((m.pattern == "radicular") & (m.side == "bilateral")),
        c.seen << (m.k == "explanation") & (m.finding == "central-stenosis") & (m.region == c.pain.region),
    ).derive("concordant-imaging", **_agreement(c.pain.side))


def _pain(test: Any) -> Any:
    return c.pain << (m.k == "pain") & test


def _agreement(side: Any) -> dict[str, Any]:
    return {"pattern": c.pain.pattern, "region": c.pain.region, "side": side, "finding": c.seen.finding}


def _wide(p: Values) -> Iterator[Rule]:
    """What one level or one root does not cover: scar, stenosis said to be multilevel, or at three levels by name."""
    yield when_all(c.seen << _shown(p, "epidural-scar")).derive("wide-target", region=c.seen.region, reason="scar")
    yield when_all(c.seen << _shown(p, "several-levels")).derive(
        "wide-target", region=c.seen.region, reason="several-levels"
    )
    yield when_all(
        c.first << _placed(p),
        c.second << _placed(p) & (m.region == c.first.region) & (m.level != c.first.level),
        c.third << _placed(p) & (m.region == c.first.region) & (m.level != c.first.level) & (m.level != c.second.level),
    ).derive("wide-target", region=c.first.region, reason="several-levels")
    for level in STRETCHES:
        yield when_all(c.seen << _placed(p) & (m.level == level)).derive(
            "wide-target", region=c.seen.region, reason="several-levels"
        )
    yield when_all(c.pain << (m.k == "pain") & (m.pattern == "postsurgical")).derive(
        "wide-target", region=c.pain.region, reason="operated"
    )


def _placed(p: Values) -> Any:
    return _shown(p, "central-stenosis") & (m.level != "")
