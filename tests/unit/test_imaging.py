"""Studies and reports: which region, how old, and what of them cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import CPT, DICOM, LOINC, SNOMED, coded, read, resource

MR = [{"system": DICOM, "code": "MR"}]


def study(**elements: Any) -> dict[str, Any]:
    return resource("ImagingStudy", **{"status": "available", "started": "2026-10-13", "modality": MR, **elements})


def series(words: str, modality: Any = None) -> dict[str, Any]:
    return {"uid": "1.2", "modality": modality or MR[0], "bodySite": {"code": "x", "display": words}}


def regions(made: dict[str, Any]) -> list[str]:
    return sorted(item["region"] for item in read(made).of("imaging"))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (study(description="MR LUMBAR SPINE W/O CONTRAST"), ["lumbar"]),
        (study(description="MRI", procedureCode=[coded(CPT, "72148")]), ["lumbar"]),
        (study(description="Outside study", procedureCode=[coded(CPT, "72148")], modality=None), ["lumbar"]),
        (study(description="MR cervical and lumbar spine"), ["cervical", "lumbar"]),
        (study(series=[series("cervical spine"), series("lumbar spine")]), ["cervical", "lumbar"]),
        (study(series=[series("lumbar spine"), series("lumbar spine")]), ["lumbar"]),
        (study(modality=None, series=[series("lumbar spine")]), ["lumbar"]),
        (study(modality=[{"code": "MR"}], description="Lumbar spine"), ["lumbar"]),
        (study(modality=[{"code": "mr"}], description="Lumbar spine"), ["lumbar"]),
        (study(modality=None, description="MRI lumbar spine"), ["lumbar"]),
        (study(series=[{**series("x"), "bodySite": {"system": SNOMED, "code": "122496007"}}]), ["lumbar"]),
        (study(), [""]),
        (study(description="MR brain"), []),
        (study(series=[series("knee")]), []),
    ],
)
def test_the_regions_of_a_study(made: dict[str, Any], expected: list[str]) -> None:
    found = read(made)
    assert sorted(item["region"] for item in found.of("imaging", concept="mri")) == expected
    assert found.problems == []


@pytest.mark.parametrize("made", [study(modality=None), study(modality=None, description="Lumbar spine")])
def test_a_study_that_does_not_say_what_it_is_is_reported(made: dict[str, Any]) -> None:
    found = read(made)
    assert found.of("imaging") == []
    assert found.gap("neither a code nor words").matters


def report(**elements: Any) -> dict[str, Any]:
    base = {"status": "final", "code": coded(LOINC, "24968-0"), "effectiveDateTime": "2026-10-13"}
    return resource("DiagnosticReport", **{**base, **elements})


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (report(), ["lumbar"]),
        (report(code={"text": "MRI lumbar spine"}), ["lumbar"]),
        (report(code={"text": "MRI cervical and lumbar spine"}), ["cervical", "lumbar"]),
        (report(code={"text": "Complete blood count"}), []),
        (report(code=coded(LOINC, "58410-2", "CBC panel")), []),
    ],
)
def test_the_regions_of_a_report(made: dict[str, Any], expected: list[str]) -> None:
    assert regions(made) == expected


def test_findings_of_a_report_on_two_regions_go_where_their_sentences_say() -> None:
    text = "C5-6: disc herniation. L4-5: severe central canal stenosis. Facet arthropathy."
    found = read(report(code={"text": "MRI cervical and lumbar spine"}, conclusion=text))
    places = {item["concept"]: item["region"] for item in found.of("statement")}
    assert places["disc-herniation"] == "cervical"
    assert places["central-stenosis"] == "lumbar"
    assert places["facet-arthropathy"] == ""


def test_a_report_without_code_is_known_by_its_findings() -> None:
    found = read(report(code=None, conclusion="Disc herniation at L4-5."))
    assert found.one("statement", concept="disc-herniation")["region"] == "lumbar"
    empty = read(report(code=None, conclusion=None))
    assert empty.gap("neither a code nor words").matters


@pytest.mark.parametrize(
    ("status", "used"),
    [("available", 1), ("Available", 1), ("unknown", 1), ("cancelled", 0), ("entered-in-error", 0), ("registered", 0)],
)
def test_only_what_was_taken_counts(status: str, used: int) -> None:
    found = read(study(status=status, description="MR lumbar spine"))
    assert len(found.of("imaging")) == used
    assert [gap.matters for gap in found.record.gaps] == [False] * (1 - used)


@pytest.mark.parametrize(
    ("started", "age"), [("2026-10-13", 40), ("2026-10", 52), ("2026-10-13T23:00:00-05:00", 39), (None, -1)]
)
def test_age_is_the_longest_it_may_be(started: str | None, age: int) -> None:
    assert read(study(started=started, description="MR lumbar spine")).one("imaging")["age_days"] == age


def test_a_study_description_is_read_for_findings() -> None:
    found = read(study(description="MR lumbar spine, disc herniation L4-5"))
    assert found.one("statement", concept="disc-herniation")["where"] == "study"


@pytest.mark.parametrize(
    ("title", "conclusion", "regions"),
    [
        ("MRI", "L4-5 disc herniation.", ["lumbar"]),
        ("MRI report", "MRI of the lumbar spine: L5-S1 disc herniation.", ["lumbar"]),
        ("Radiology report", "MRI lumbar spine without contrast. L5-S1 disc herniation.", ["lumbar"]),
        ("Radiology report", "MRI CERVICAL SPINE\nC5-6 disc herniation.", ["cervical"]),
        # Asked for, older or of something else: no study of the spine.
        ("Radiology report", "Disc space narrowing at L5-S1. Recommend MRI of the lumbar spine.", []),
        ("Radiology report", "Comparison: MRI lumbar spine 2019.", []),
        ("Radiology report", "No MRI of the lumbar spine was done.", []),
        ("MRI brain", "Upper cervical spine: disc herniation at C3-4.", []),
        ("MRI knee", "Meniscal tear.", []),
    ],
)
def test_a_report_that_says_only_in_its_words_what_was_imaged(title: str, conclusion: str, regions: list[str]) -> None:
    found = read(report(code={"text": title}, conclusion=conclusion))
    assert [item["region"] for item in found.of("imaging")] == regions
