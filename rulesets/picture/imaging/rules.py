"""Studies and the words of reports → imaging that fits, does not fit, or is normal."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Which findings explain which pattern (mission rows P01, P02, P06).
EXPLAINS = {
    "radicular": ("nerve-root-compression", "disc-herniation", "foraminal-stenosis"),
    "claudication": ("central-stenosis",),
    "facet": ("facet-arthropathy",),
}
ABNORMAL = ("nerve-root-compression", "disc-herniation", "foraminal-stenosis", "central-stenosis", "cord-compression")


def rules(p: Values) -> Iterator[Rule]:
    for modality in ("mri", "ct", "ct-myelogram"):
        study = (m.k == "imaging") & (m.concept == modality)
        for recent, test in ((1, m.age_days <= p("recent_days")), (0, m.age_days > p("recent_days"))):
            yield when_all(c.study << study & test).derive(
                "advanced-imaging", region=c.study.region, recent=recent, age_days=c.study.age_days
            )
    for pattern, findings in EXPLAINS.items():
        for finding in findings:
            yield from _concordance(pattern, finding)
    unless = [absent("statement", by="region", concept=name, negated="0") for name in ABNORMAL]
    yield when_all(
        c.normal << (m.k == "statement") & (m.concept == "normal-study") & (m.negated == 0),
        *(getattr(c, f"no_{place}") << item & (m.region == c.normal.region) for place, item in enumerate(unless)),
    ).derive("normal-imaging", region=c.normal.region)


def _concordance(pattern: str, finding: str) -> Iterator[Rule]:
    pain = (m.k == "pain") & (m.pattern == pattern)
    seen = (m.k == "statement") & (m.concept == finding) & (m.negated == 0)
    # Unknown side on either part neither proves nor disproves: it agrees, and the side stays the patient's.
    for sides in (m.side == c.pain.side, m.side == "", m.side == "bilateral"):
        yield when_all(c.pain << pain, c.seen << seen & (m.region == c.pain.region) & sides).derive(
            "concordant-imaging", pattern=pattern, region=c.pain.region, side=c.pain.side, finding=finding
        )
    for own in ("", "bilateral"):
        yield when_all(
            c.pain << pain & (m.side == own), c.seen << seen & (m.region == c.pain.region) & (m.side != "")
        ).derive("concordant-imaging", pattern=pattern, region=c.pain.region, side=c.seen.side, finding=finding)
    for own, other in (("left", "right"), ("right", "left")):
        yield when_all(
            c.pain << pain & (m.side == own), c.seen << seen & (m.region == c.pain.region) & (m.side == other)
        ).derive("discordant-side", region=c.pain.region, image_side=other, pain_side=own)
