"""Criterion findings of several rules become one checklist for each policy, procedure, region and side."""

from __future__ import annotations

from typing import Any

from service.checklist import checklists
from service.facts.fact import FactSource
from service.rules.finding import Finding
from service.rules.model import Criterion, Missing
from tests.unit.findings import finding

ORDER = ("diagnosis", "duration", "frequency")
SCAN = FactSource("ImagingStudy/1", "MRI")


def judged(criterion: str, status: str, **fields: Any) -> Finding:
    about = {"procedure": "injection", "region": "lumbar", "laterality": "left", "policy": "clinic-default"}
    made = {"rule": f"authorization/{criterion}", "outcome": status, **about, **fields}
    found = made.pop("found", "")
    answer = Criterion.model_validate({"id": criterion, "status": status, "found": found})
    return finding("documentation", criterion=answer, **made)


def gathered(*findings: Finding) -> list[Finding]:
    return checklists(findings, {}, ORDER)


def test_answers_of_several_rules_are_one_finding_under_one_name() -> None:
    (one,) = gathered(judged("frequency", "met"), judged("diagnosis", "not-met"), judged("duration", "met"))
    assert (one.rule, one.outcome, one.indicator) == ("authorization/checklist", "checklist", "warning")
    assert [item.id for item in one.criteria] == list(ORDER)
    assert [item.rule for item in one.criteria] == [f"authorization/{name}" for name in ORDER]


def test_another_side_or_policy_is_another_checklist() -> None:
    found = gathered(
        judged("diagnosis", "met"),
        judged("diagnosis", "met", laterality="right"),
        judged("diagnosis", "met", policy="p"),
    )
    assert [(item.policy, item.laterality) for item in found] == [
        ("clinic-default", "left"),
        ("clinic-default", "right"),
        ("p", "left"),
    ]


def test_the_strongest_answer_stands_and_of_those_as_strong_the_one_with_evidence() -> None:
    bare = judged("diagnosis", "not-documented", outcome="a", found="nothing named")
    cited = judged("diagnosis", "not-documented", outcome="b", found="a scan", because=(SCAN,))
    (one,) = gathered(bare, cited)
    assert one.criteria[0].found == "a scan"
    (one,) = gathered(bare, cited, judged("diagnosis", "not-met", outcome="c"))
    assert one.criteria[0].status == "not-met"


def test_what_is_missing_is_asked_for_only_where_the_criterion_is_open() -> None:
    ask = (Missing.model_validate({"what": "a date", "from": "Condition", "why": "w"}),)
    (one,) = gathered(judged("duration", "not-documented", missing=ask), judged("duration", "met"))
    assert one.missing == ()
    (one,) = gathered(judged("duration", "not-documented", missing=ask))
    assert one.missing == ask
    (one,) = gathered(judged("duration", "not-documented", missing=ask), judged("duration", "not-met"))
    assert one.missing == ()


def test_only_the_clinics_own_checklist_says_that_the_payers_is_not_known() -> None:
    own, payers = gathered(judged("diagnosis", "met"), judged("diagnosis", "met", policy="p"))
    assert "own checklist" in own.detail
    assert "own checklist" not in payers.detail


def test_findings_without_a_criterion_stay_as_they_are() -> None:
    other = finding("red-flag")
    assert gathered(other) == [other]
