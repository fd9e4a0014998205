"""Diagnoses and report words → red flags."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

CODED = {
    "cauda-equina": "cauda-equina",
    "myelopathy": "myelopathy",
    "progressive-motor-deficit": "progressive-motor-deficit",
}
STATED = {"cauda-equina-compression": "cauda-equina", "cord-compression": "myelopathy"}
# Continence and a foot drop have many causes: they count together with a spine problem that can explain them.
SPINE = ("radicular", "claudication", "axial", "facet")


def rules(p: Values) -> Iterator[Rule]:
    for concept, flag in CODED.items():
        yield when_all(
            c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        ).derive("red-flag", flag=flag, region=c.condition.region, side=c.condition.side)
    for concept, flag in STATED.items():
        yield when_all(
            c.said << (m.k == "statement") & (m.concept == concept) & (m.negated == 0) & (m.where != "note")
        ).derive("red-flag", flag=flag, region=c.said.region, side=c.said.side)
    for pattern in SPINE:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern)
        for concept in ("bladder-bowel-dysfunction", "saddle-numbness"):
            yield when_all(
                pain,
                c.condition
                << (m.k == "condition") & (m.concept == concept) & (m.active == 1) & (m.onset_days <= p("new_days")),
            ).derive("red-flag", flag="cauda-equina", region=c.pain.region, side="")
        yield when_all(
            pain, c.condition << (m.k == "condition") & (m.concept == "foot-drop") & (m.active == 1)
        ).derive("red-flag", flag="progressive-motor-deficit", region=c.pain.region, side=c.condition.side)
