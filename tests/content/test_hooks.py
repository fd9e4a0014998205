"""Which hook says what: the same record on each hook, and what may not be said on it."""

from __future__ import annotations

from typing import Any

import pytest

from service.evaluate import Evaluator
from service.rules.finding import Finding
from service.rules.load import Content
from tests.support.cases import evaluate_case

NEEDLE = {"cpt": "64483", "site": "left lumbar", "text": "Left transforaminal epidural"}
SCIATICA: dict[str, Any] = {"condition": {"icd10cm": "M54.17", "text": "Left S1 radiculopathy", "since": 60}}
APIXABAN = {"medication": {"rxnorm": "1364430"}}
SUGGESTIVE: list[Any] = [
    SCIATICA,
    {"report": {"text": "MRI lumbar spine", "conclusion": "L5-S1 left paracentral disc herniation."}},
    {"procedure": {"cpt": "97110", "days": 45}},
    {"procedure": {"cpt": "97110", "days": 3}},
]
IN_QUESTION = {
    "order-select": {"order": NEEDLE},
    "order-sign": {"order": NEEDLE},
    "appointment-book": {"booking": {**NEEDLE, "in": 1}},
    "order-dispatch": {"dispatched": NEEDLE},
    "encounter-start": {"scheduled": {**NEEDLE, "in": 1}},
    "patient-view": {"scheduled": {**NEEDLE, "in": 1}},
}
WHOLE_PATIENT = ("patient-view", "encounter-start", "encounter-discharge")
FLAGS = [
    {"condition": {"icd10cm": "G83.4"}},
    {"condition": {"icd10cm": "M47.12"}},
    {"condition": {"icd10cm": "M46.26"}},
]


def found(evaluator: Evaluator, hook: str, *record: Any, **more: Any) -> list[Finding]:
    return list(evaluate_case(evaluator, {"name": hook, "hook": hook, "record": list(record), **more}).findings)


def kinds(findings: list[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


@pytest.mark.parametrize("hook", IN_QUESTION)
def test_a_blood_thinner_before_a_needle_in_question_is_critical_on(evaluator: Evaluator, hook: str) -> None:
    alerts = [
        item for item in found(evaluator, hook, SCIATICA, APIXABAN, IN_QUESTION[hook]) if item.kind == "safety-alert"
    ]
    assert any(item.topic == "antithrombotic" and item.indicator == "critical" for item in alerts)


@pytest.mark.parametrize("hook", WHOLE_PATIENT)
@pytest.mark.parametrize("flag", FLAGS, ids=str)
def test_a_red_flag_is_said_without_any_procedure_on(evaluator: Evaluator, hook: str, flag: Any) -> None:
    assert "red-flag" in kinds(found(evaluator, hook, SCIATICA, flag))


@pytest.mark.parametrize("hook", ["appointment-book", "order-dispatch"])
@pytest.mark.parametrize("flag", FLAGS, ids=str)
def test_a_red_flag_is_said_beside_a_spine_procedure_only_on(evaluator: Evaluator, hook: str, flag: Any) -> None:
    assert "red-flag" in kinds(found(evaluator, hook, SCIATICA, flag, IN_QUESTION[hook]))
    assert "red-flag" not in kinds(found(evaluator, hook, SCIATICA, flag))


@pytest.mark.parametrize("hook", ["appointment-book", "order-dispatch", "encounter-start", "encounter-discharge"])
def test_nothing_is_suggested_on(evaluator: Evaluator, hook: str) -> None:
    assert found(evaluator, hook, *SUGGESTIVE) == []
    assert "suggestion" in kinds(found(evaluator, "patient-view", *SUGGESTIVE))


@pytest.mark.parametrize("hook", ["appointment-book", "encounter-start"])
def test_what_is_documented_is_not_asked_for_again_on(evaluator: Evaluator, hook: str) -> None:
    assert "documentation" not in kinds(found(evaluator, hook, SCIATICA, IN_QUESTION[hook]))
    assert "documentation" in kinds(found(evaluator, "order-dispatch", SCIATICA, IN_QUESTION["order-dispatch"]))


@pytest.mark.parametrize("key", ["medicationStatements", "observations"])
def test_what_was_not_sent_is_said_after_a_procedure_of_the_visit(evaluator: Evaluator, key: str) -> None:
    done = {"procedure": {"cpt": "64483", "site": "left lumbar", "days": 0}}
    findings = found(evaluator, "encounter-discharge", SCIATICA, done, not_sent=[key])
    assert [item.missing[0].from_ for item in findings if item.kind == "could-not-check"] == [key]
    assert found(evaluator, "encounter-discharge", SCIATICA, not_sent=[key]) == []


def test_an_appointment_for_a_lost_order_of_somebody_without_a_spine_problem_gives_nothing(
    evaluator: Evaluator,
) -> None:
    booking = {"booking": {"based_on": "ServiceRequest/lost", "in": 9}}
    assert found(evaluator, "appointment-book", booking, not_sent=["allergies"]) == []


def test_a_dispatched_order_that_is_not_there_is_said_for_anybody(evaluator: Evaluator) -> None:
    findings = found(evaluator, "order-dispatch", dispatched={"orders": ["ServiceRequest/lost"]})
    assert [(item.kind, item.indicator) for item in findings] == [("could-not-check", "warning")]
    assert findings[0].summary == "Could not check: the dispatched order was neither sent nor found"


def test_no_hook_suggests_or_judges_the_procedure_where_it_is_not_chosen(content: Content) -> None:
    """What speaks for or against a procedure is said where it is suggested or ordered."""
    for hook in ("appointment-book", "order-dispatch", "encounter-start", "encounter-discharge"):
        rules = [rule.file for rule in content.rules.values() if hook in rule.file.hooks]
        said = {outcome.kind for rule in rules for outcome in rule.outcomes.values()}
        assert not {"suggestion", "advise-against"} & said, hook
