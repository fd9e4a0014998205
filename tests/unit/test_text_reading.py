"""Running text: what it says, what it denies, and what it does neither; the words found are quoted."""

from __future__ import annotations

from typing import Any

import pytest

from service.terminology.reading import LONGEST_TEXT
from service.terminology.words import Phrases
from tests.support.reading import ICD, LOINC, Read, coded, codes, read, reader, resource

HERNIATION, COMPRESSION, STENOSIS = "disc-herniation", "nerve-root-compression", "central-stenosis"


def report(text: str | None, **more: Any) -> Read:
    made = {"status": "final", "code": coded(LOINC, "24968-0"), "effectiveDateTime": "2026-10-10"}
    return read(resource("DiagnosticReport", **{**made, "conclusion": text, **more}))


def said(text: str) -> dict[str, int]:
    """Concepts with 1 where denied."""
    return {item["concept"]: item["negated"] for item in report(text).of("statement")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Disc herniation at L4-5.", {HERNIATION: 0}),
        ("No evidence of spinal stenosis.", {STENOSIS: 1}),
        ("No disc herniation or spinal stenosis.", {HERNIATION: 1, STENOSIS: 1}),
        ("L4-5 bulge without nerve root compression.", {COMPRESSION: 1}),
        ("Nerve root compression is not seen.", {COMPRESSION: 1}),
        ("Nerve root compression was ruled out.", {COMPRESSION: 1}),
        ("No fracture. Spinal stenosis at L4-5.", {STENOSIS: 0}),
        ("No fracture but spinal stenosis at L4-5.", {STENOSIS: 0}),
        ("No fracture, severe spinal stenosis at L4-5.", {STENOSIS: 0}),
        ("Rule out nerve root compression.", {}),
        ("R/O disc herniation", {}),
        ("Evaluate for spinal stenosis.", {}),
        ("History of disc herniation.", {}),
        ("If nerve root compression is suspected, repeat.", {}),
        ("Compared to prior, there is spinal stenosis.", {STENOSIS: 0}),
        ("Severe spinal stenosis, but fracture not seen.", {STENOSIS: 0}),
        ("No significant change in disc herniation at L4-5.", {HERNIATION: 0}),
        ("No interval change; disc herniation at L4-5.", {HERNIATION: 0}),
        ("Without significant change: spinal stenosis.", {STENOSIS: 0}),
        ("No change.", {}),
        ("", {}),
    ],
)
def test_said_denied_or_neither(text: str, expected: dict[str, int]) -> None:
    found = said(text)
    assert {name: negated for name, negated in found.items() if name in (HERNIATION, COMPRESSION, STENOSIS)} == expected


def test_a_wrapped_line_keeps_its_negation() -> None:
    wrapped = "There is no evidence of acute fracture and no evidence of any significant\nspinal stenosis at L4-5."
    assert said(wrapped)[STENOSIS] == 1
    assert said(wrapped.replace("\n", "\r\n  "))[STENOSIS] == 1


def test_a_list_is_not_a_wrapped_line() -> None:
    assert said("No fracture\nspinal stenosis at L4-5")[STENOSIS] == 0
    long = "No acute fracture and no malalignment of any vertebral body in this study"
    assert said(f"{long}\nSpinal stenosis at L4-5")[STENOSIS] == 0
    assert said(f"{long}.\nspinal stenosis at L4-5")[STENOSIS] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HISTORY: disc herniation.\nFINDINGS: spinal stenosis.", [STENOSIS]),
        ("Clinical history: disc herniation\nImpression: spinal stenosis", [STENOSIS]),
        ("COMPARISON: MR with disc herniation. It was large.\nIMPRESSION: Spinal stenosis.", [STENOSIS]),
        ("TECHNIQUE: for disc herniation\nFINDINGS/IMPRESSION: spinal stenosis", [STENOSIS]),
        ("HISTORY: disc herniation\nFINDINGS AND IMPRESSION: spinal stenosis", [STENOSIS]),
        ("HISTORY: disc herniation\nLUMBAR SPINE: spinal stenosis", [STENOSIS]),
        ("History: disc herniation. Since: spinal stenosis", []),
        ("INDICATION: disc herniation", []),
        ("HISTORY AND FINDINGS: disc herniation", [HERNIATION]),
        ("HISTORY/INDICATION: disc herniation", []),
        ("L4-5: disc herniation", [HERNIATION]),
        ("Alignment: normal. Spinal stenosis at L4-5.", [STENOSIS]),
    ],
)
def test_only_findings_are_read(text: str, expected: list[str]) -> None:
    assert [name for name in said(text) if name in (HERNIATION, STENOSIS)] == expected


def test_the_words_are_quoted_and_cut_where_they_are_too_many() -> None:
    short = report("Left disc herniation at L5/S1. No fracture.")
    (source,) = next(fact for fact in short.facts if fact.fields.get("concept") == HERNIATION).sources
    assert source.label == "“Left disc herniation at L5/S1.” (DiagnosticReport, 2026-10-10)"
    long = report("Disc herniation " + "very " * 60 + "large.")
    (source,) = next(fact for fact in long.facts if fact.fields.get("concept") == HERNIATION).sources
    assert "…” (" in source.label
    assert len(source.label) < 200


def test_a_sentence_says_where() -> None:
    found = report("Left disc herniation at L5/S1. Bilateral foraminal stenosis.").of("statement")
    places = {item["concept"]: (item["region"], item["side"], item["level"]) for item in found}
    assert places[HERNIATION] == ("lumbar", "left", "L5-S1")
    assert places["foraminal-stenosis"] == ("lumbar", "bilateral", "")


def test_text_beyond_the_bound_is_left_out() -> None:
    text = "x " * (LONGEST_TEXT // 2) + "disc herniation"
    assert list(reader().statements(text, codes().phrases("statement"))) == []
    assert list(reader().statements(text[40:], codes().phrases("statement")))


def test_words_of_a_coded_condition_are_read_with_their_negation() -> None:
    code = coded(ICD, "M47.816", "Spondylosis without myelopathy or radiculopathy, lumbar region")
    assert read(resource("Condition", code=code)).concepts("condition") == ["facet-pain"]


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Lumbar radiculopathy", ["radicular-pain"]),
        ("Rule out lumbar radiculopathy", []),
        ("No lumbar radiculopathy", []),
        ("Family history of myelopathy", []),
    ],
)
def test_a_condition_in_words_only(text: str, concepts: list[str]) -> None:
    assert read(resource("Condition", code={"text": text})).concepts("condition") == concepts


def test_notes_are_read_for_statements() -> None:
    made = resource("Condition", code=coded(ICD, "M54.16"), note=[{"text": "Denies saddle anesthesia. Foot drop."}])
    statements = read(made).of("statement", where="note")
    assert statements
    assert {item["negated"] for item in statements} <= {0, 1}
    assert all(item["age_days"] == -1 for item in statements)


def test_a_report_that_is_only_an_attachment_is_reported() -> None:
    attached = report(None, presentedForm=[{"contentType": "application/pdf"}])
    assert attached.gap("attachment").matters
    assert attached.one("imaging")["region"] == "lumbar"


def test_a_coded_conclusion_is_a_statement() -> None:
    found = report(None, conclusionCode=[coded(ICD, "M51.26", "left L4-5")])
    item = found.one("statement", concept=HERNIATION)
    assert (item["region"], item["side"], item["level"], item["negated"]) == ("lumbar", "left", "L4-L5", 0)


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("No fracture, severe stenosis at L4-5.", False),
        ("No fracture or listhesis, severe stenosis.", False),
        ("No severe stenosis.", True),
        ("No evidence of severe stenosis.", True),
        ("Severe stenosis.", False),
        ("Severe stenosis is not seen.", True),
    ],
)
def test_a_denial_reaches_a_graded_phrase_only_right_before_it(text: str, negated: bool) -> None:
    phrases: Phrases[str] = Phrases()
    phrases.add("severe stenosis", "stenosis")
    assert [item.negated for item in reader().statements(text, phrases)] == [negated]
