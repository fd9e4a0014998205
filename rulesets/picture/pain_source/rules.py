"""Diagnoses, examinations and images → a source is told."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

# Kinds that tell a source by being there.
TELLING = (
    "nerve-pain",
    "specific-pain",
    "abnormal-imaging",
    "normal-imaging",
    "hip-sign",
    "listed-fracture",
    "neuropathic-pain",
    "crps",
    "unstable",
)
CONDITIONS = (
    "discogenic-pain",
    "vertebrogenic-pain",
    "disc-herniation",
    "spinal-stenosis",
    "disc-degeneration",
    "disc-and-leg-pain",
    "spondylolisthesis",
)


def rules(_: Values) -> Iterator[Rule]:
    other = c.pain << (m.k == "pain") & (m.pattern != "axial")
    yield when_all(other).derive("source-told", by=c.pain.pattern)
    for kind in TELLING:
        yield when_all(c.told << (m.k == kind)).derive("source-told", by=kind)
    for concept in CONDITIONS:
        known = c.told << (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        yield when_all(known).derive("source-told", by=concept)
