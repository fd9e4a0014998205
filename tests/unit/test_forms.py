"""Answers of questionnaires: scores that nothing else holds, and the last resort for relief after a procedure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import CPT, LOINC, Read, coded, read, resource

BLOCK: dict[str, Any] = {"status": "completed", "code": coded(CPT, "64493"), "performedDateTime": "2026-11-01"}


def form(number: str, day: str | None, *items: Any, status: str = "completed") -> dict[str, Any]:
    when = {"authored": day} if day else {}
    return resource("QuestionnaireResponse", number, status=status, item=list(items), **when)


def item(value: dict[str, Any], **asked: Any) -> dict[str, Any]:
    return {"linkId": "1", **asked, "answer": [value]}


def scores(found: Read) -> list[float]:
    return [fact["value"] for fact in found.of("observation", concept="pain-score")]


@pytest.mark.parametrize(
    ("asked", "answer", "expected"),
    [
        ({"linkId": "/72514-3"}, {"valueDecimal": 7}, [7.0]),
        ({"linkId": "72514-3"}, {"valueInteger": 7}, [7.0]),
        ({"text": "Pain score today"}, {"valueInteger": 4}, [4.0]),
        ({"text": "Pain intensity"}, {"valueString": "6/10"}, [6.0]),
        ({"text": "Pain intensity"}, {"valueQuantity": {"value": 55, "unit": "mm"}}, [5.5]),
        ({"text": "Pain intensity"}, {"valueCoding": {"display": "3"}}, [3.0]),
        ({"text": "Pain intensity"}, {"valueBoolean": True}, []),
        ({"text": "Pain intensity"}, {"valueInteger": 70}, []),
        ({"text": "Shoe size"}, {"valueInteger": 7}, []),
    ],
)
def test_an_answer_is_a_result(asked: dict[str, Any], answer: dict[str, Any], expected: list[float]) -> None:
    assert scores(read(form("1", "2026-11-10", item(answer, **asked)))) == expected


def test_answers_within_answers_and_groups_are_read() -> None:
    inner = item({"valueInteger": 6}, linkId="72514-3")
    group = {"linkId": "g", "item": [{"linkId": "h", "answer": [{"valueString": "yes", "item": [inner]}]}]}
    assert scores(read(form("1", "2026-11-10", group))) == [6.0]


@pytest.mark.parametrize(
    ("status", "day"), [("in-progress", "2026-11-10"), ("completed", None), ("completed", "2027-01-01")]
)
def test_a_form_that_is_open_undated_or_of_the_future_is_not_used(status: str, day: str | None) -> None:
    made = form("1", day, item({"valueInteger": 7}, linkId="72514-3"), status=status)
    assert scores(read(made)) == []


def test_an_answer_that_cannot_be_read_is_reported() -> None:
    found = read(form("1", "2026-11-10", item({"valueInteger": 70}, linkId="72514-3")))
    assert found.gap("not plausible").element == "item"


def pair(before: int, after: int) -> list[dict[str, Any]]:
    return [
        form("1", "2026-10-30", item({"valueInteger": before}, linkId="72514-3")),
        form("2", "2026-11-02", item({"valueInteger": after}, text="Pain score")),
    ]


def test_forms_tell_relief_where_nothing_else_does() -> None:
    found = read(resource("Procedure", **BLOCK), *pair(8, 2))
    assert [(fact["percent"], fact["how"]) for fact in found.of("relief")] == [(75.0, "scores")]
    label = next(source.label for fact in found.facts if fact.kind == "relief" for source in fact.sources)
    assert "relief by pain scores" in label or "by questionnaire" in label


def test_words_of_the_procedure_come_before_forms() -> None:
    found = read(resource("Procedure", **BLOCK, note=[{"text": "50% relief for 6 hours"}]), *pair(8, 1))
    assert [(fact["percent"], fact["how"]) for fact in found.of("relief")] == [(50.0, "told")]


def test_scores_of_observations_come_before_forms() -> None:
    measured = [
        resource(
            "Observation",
            str(n),
            status="final",
            code=coded(LOINC, "72514-3"),
            effectiveDateTime=day,
            valueInteger=value,
        )
        for n, (day, value) in enumerate((("2026-10-31", 8), ("2026-11-01", 4)))
    ]
    found = read(resource("Procedure", **BLOCK), *measured, *pair(8, 1))
    assert [fact["percent"] for fact in found.of("relief")] == [50.0]
