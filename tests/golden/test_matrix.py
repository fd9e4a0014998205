"""fhir_samples/matrix.yaml: every procedure has its clear yes, clear no and unclear,
and the answers bear it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest

from fhir_samples.samples import FOLDER, samples
from service.evaluate import Evaluator
from service.rules.finding import Finding
from service.rules.load import read_yaml
from tests.golden.test_samples import evaluate

# The procedures of the contract.
PROCEDURES = [
    "epidural-transforaminal",
    "epidural-interlaminar",
    "epidural-caudal",
    "selective-nerve-root-block",
    "medial-branch-block",
    "facet-joint-injection",
    "medial-branch-radiofrequency",
    "sacroiliac-joint-injection",
    "lateral-branch-radiofrequency",
    "trigger-point-injection",
    "sympathetic-block",
    "spinal-cord-stimulation",
    "basivertebral-nerve-ablation",
    "vertebral-augmentation",
    "epidural-adhesiolysis",
    "percutaneous-decompression",
    "discography",
    "surgical-consultation",
    "urgent-evaluation",
    "physical-therapy",
    "electrodiagnostic-testing",
    "whole-person-care",
    "behavioural-health",
    "specialist-referral",
]
ROWS = [f"{letter}{n:02}" for letter, last in (("R", 5), ("N", 10), ("V", 6)) for n in range(1, last + 1)]
ANSWERS = ("yes", "no", "unclear")
NEVER_SUGGESTED = "discography"
MATRIX: Mapping[str, Any] = read_yaml(FOLDER / "matrix.yaml")
PLACES = [
    pytest.param(name, answer, sample, id=f"{name} {answer} {sample}")
    for name, answers in MATRIX["procedures"].items()
    for answer, listed in answers.items()
    for sample in listed
]


@cache
def findings(evaluator: Evaluator, name: str) -> tuple[Finding, ...]:
    """All findings of a sample, on all of its hooks."""
    sample = next(sample for sample in samples() if sample.name == name)
    return tuple(finding for hook in sample.hooks for finding in evaluate(evaluator, sample, hook).findings)


def offered(found: Iterable[Finding], procedure: str) -> list[Finding]:
    """Findings that suggest, plan or demand the procedure."""
    kinds = ("suggestion", "care-plan", "red-flag")
    return [
        finding
        for finding in found
        if (finding.suggest is not None and finding.suggest.procedure == procedure)
        or (finding.procedure == procedure and finding.kind in kinds)
    ]


def test_every_procedure_and_every_row_is_there() -> None:
    assert list(MATRIX["procedures"]) == PROCEDURES
    assert list(MATRIX["rows"]) == ROWS
    assert all(MATRIX["rows"].values())
    for name, answers in MATRIX["procedures"].items():
        wanted = [answer for answer in ANSWERS if (name, answer) != (NEVER_SUGGESTED, "yes")]
        assert [answer for answer in answers if answers[answer]] == wanted, name


def test_every_sample_named_exists() -> None:
    known = {sample.name for sample in samples()}
    listed = {sample for _, _, sample in (place.values for place in PLACES)}
    assert listed | {sample for row in MATRIX["rows"].values() for sample in row} <= known


@pytest.mark.parametrize(("procedure", "answer", "sample"), PLACES)
def test_the_answer_is_what_the_matrix_says(evaluator: Evaluator, procedure: str, answer: str, sample: str) -> None:
    found = findings(evaluator, sample)
    offers = offered(found, procedure)
    if answer == "yes":
        assert offers
    elif answer == "no":
        assert not offers
    else:
        assert not [finding for finding in offers if finding.suggest is not None and finding.suggest.recommended]
        assert [gap for finding in found for gap in finding.missing]
