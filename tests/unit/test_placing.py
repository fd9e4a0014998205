"""Which level and side each finding of a report has, as reports are written."""

from __future__ import annotations

import pytest

from tests.support.reading import LOINC, coded, read, resource

Place = tuple[str, str]
SEVERE = "severe-central-stenosis"
HERNIATION, STENOSIS, FACET, ROOT = "disc-herniation", "central-stenosis", "facet-arthropathy", "nerve-root-compression"
FORAMEN = "foraminal-stenosis"


def places(text: str) -> dict[str, set[Place]]:
    """Level and side of each finding, by concept."""
    report = resource("DiagnosticReport", status="final", code=coded(LOINC, "24968-0"), conclusion=text)
    found: dict[str, set[Place]] = {}
    for item in read({**report, "effectiveDateTime": "2026-10-10"}).of("statement"):
        found.setdefault(item["concept"], set()).add((item["level"], item["side"]))
    return {
        name: value for name, value in found.items() if name in (HERNIATION, STENOSIS, FACET, ROOT, FORAMEN, SEVERE)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # One finding, several levels.
        ("L4-5 and L5-S1 central stenosis.", {STENOSIS: {("L4-L5", ""), ("L5-S1", "")}}),
        ("Central stenosis at L3-4, L4-5 and L5-S1.", {STENOSIS: {("L3-L4", ""), ("L4-L5", ""), ("L5-S1", "")}}),
        ("Central stenosis, mild at L3-4 and severe at L4-5.", {STENOSIS: {("L3-L4", ""), ("L4-L5", "")}}),
        ("L4/5 & L5/S1 facet arthropathy.", {FACET: {("L4-L5", ""), ("L5-S1", "")}}),
        ("L4–L5 disc herniation.", {HERNIATION: {("L4-L5", "")}}),
        ("L4 to L5 disc herniation.", {HERNIATION: {("L4-L5", "")}}),
        # What is found holds for each, how severe it is for its own.
        (
            "Severe central stenosis at L4-5 and L3-4, moderate at L2-3.",
            {STENOSIS: {("L4-L5", ""), ("L3-L4", ""), ("L2-L3", "")}, SEVERE: {("L4-L5", ""), ("L3-L4", "")}},
        ),
        (
            "L3-4 mild and L4-5 severe central stenosis.",
            {STENOSIS: {("L3-L4", ""), ("L4-L5", "")}, SEVERE: {("L4-L5", "")}},
        ),
        # Several findings, each with its level.
        ("L4-5 disc herniation and L5-S1 facet arthropathy.", {HERNIATION: {("L4-L5", "")}, FACET: {("L5-S1", "")}}),
        (
            "Disc herniation at L4-5 and facet arthropathy at L5-S1.",
            {HERNIATION: {("L4-L5", "")}, FACET: {("L5-S1", "")}},
        ),
        ("Disc herniation at L4-5 with facet arthropathy.", {HERNIATION: {("L4-L5", "")}, FACET: {("L4-L5", "")}}),
        ("Disc herniation and facet arthropathy at L4-5.", {HERNIATION: {("L4-L5", "")}, FACET: {("L4-L5", "")}}),
        (
            "Disc herniation at L4-5 causes central stenosis, with facet arthropathy at L5-S1.",
            {HERNIATION: {("L4-L5", "")}, STENOSIS: {("L4-L5", "")}, FACET: {("L5-S1", "")}},
        ),
        ("L5-S1 disc herniation, L4-5 unremarkable.", {HERNIATION: {("L5-S1", "")}}),
        # A root is no level while a level is named.
        ("L4-5 disc herniation near the L5 root.", {HERNIATION: {("L4-L5", "")}}),
        ("Disc herniation abutting the left S1 nerve root.", {HERNIATION: {("S1", "left")}, ROOT: {("S1", "left")}}),
        (
            "Left L4-5 disc herniation compressing the left L5 nerve root.",
            {HERNIATION: {("L4-L5", "left")}, ROOT: {("L4-L5", "left")}},
        ),
        # Sides.
        (
            "Left disc herniation at L4-5 and right foraminal stenosis at L5-S1.",
            {HERNIATION: {("L4-L5", "left")}, FORAMEN: {("L5-S1", "right")}},
        ),
        (
            "L4-5 left disc herniation and L5-S1 right foraminal stenosis.",
            {HERNIATION: {("L4-L5", "left")}, FORAMEN: {("L5-S1", "right")}},
        ),
        ("Left L4-5 and right L5-S1 disc herniations.", {HERNIATION: {("L4-L5", "left"), ("L5-S1", "right")}}),
        (
            "Disc herniations at L4-5 on the left and L5-S1 on the right.",
            {HERNIATION: {("L4-L5", "left"), ("L5-S1", "right")}},
        ),
        ("Left disc herniations at L4-5 and L5-S1.", {HERNIATION: {("L4-L5", "left"), ("L5-S1", "left")}}),
        ("Bilateral L4-5 and L5-S1 facet arthropathy.", {FACET: {("L4-L5", "bilateral"), ("L5-S1", "bilateral")}}),
        # Level by level.
        ("L4-5: Disc desiccation. Central stenosis.", {STENOSIS: {("L4-L5", "")}}),
        ("L4-5:\nCentral stenosis.\nFacet arthropathy.", {STENOSIS: {("L4-L5", "")}, FACET: {("L4-L5", "")}}),
        ("L4-5:\nCentral stenosis.\n\nFacet arthropathy.", {STENOSIS: {("L4-L5", "")}, FACET: {("", "")}}),
        ("L4-5: disc herniation.\nFacet arthropathy.", {HERNIATION: {("L4-L5", "")}, FACET: {("", "")}}),
        (
            "L4-5: disc herniation. L5-S1: no change. Facet arthropathy.",
            {HERNIATION: {("L4-L5", "")}, FACET: {("", "")}},
        ),
        ("No stenosis. Disc herniation.", {HERNIATION: {("", "")}}),
    ],
)
def test_every_level_gives_its_finding(text: str, expected: dict[str, set[Place]]) -> None:
    assert places(text) == expected
