"""Two reports of one region: the newer outweighs the older where they say opposite things of the same place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import LOINC, coded, read, resource

OLD, NEW = "2026-01-10", "2026-10-10"


def report(number: str, day: str | None, text: str, code: str = "24968-0") -> dict[str, Any]:
    when = {"effectiveDateTime": day} if day else {}
    return resource("DiagnosticReport", number, status="final", code=coded(LOINC, code), conclusion=text, **when)


def herniations(*reports: dict[str, Any]) -> list[tuple[int, str]]:
    found = read(*reports).of("statement", concept="disc-herniation")
    return sorted((int(item["negated"]), str(item["level"])) for item in found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("L4-5 disc herniation.", "No disc herniation.", [(1, "")]),
        ("L4-5 disc herniation.", "No disc herniation at L4-5.", [(1, "L4-L5")]),
        ("L4-5 disc herniation.", "No disc herniation at L5-S1.", [(0, "L4-L5"), (1, "L5-S1")]),
        ("Left L4-5 disc herniation.", "No right L4-5 disc herniation.", [(0, "L4-L5"), (1, "L4-L5")]),
        ("No disc herniation.", "L4-5 disc herniation.", [(0, "L4-L5")]),
        ("No disc herniation at L5-S1.", "L4-5 disc herniation.", [(0, "L4-L5"), (1, "L5-S1")]),
        ("L4-5 disc herniation.", "Facet arthropathy.", [(0, "L4-L5")]),
        ("L4-5 disc herniation.", "L5-S1 disc herniation.", [(0, "L4-L5"), (0, "L5-S1")]),
    ],
)
def test_the_newer_report_decides(old: str, new: str, expected: list[tuple[int, str]]) -> None:
    assert herniations(report("1", OLD, old), report("2", NEW, new)) == expected
    assert herniations(report("2", NEW, new), report("1", OLD, old)) == expected


def test_reports_of_one_day_or_without_a_day_both_stand() -> None:
    said, denied = "L4-5 disc herniation.", "No disc herniation."
    assert len(herniations(report("1", NEW, said), report("2", NEW, denied))) == 2
    assert len(herniations(report("1", None, said), report("2", NEW, denied))) == 2


def test_another_region_decides_nothing() -> None:
    neck = report("2", NEW, "No disc herniation.", "24935-9")
    assert (0, "L4-L5") in herniations(report("1", OLD, "L4-5 disc herniation."), neck)
