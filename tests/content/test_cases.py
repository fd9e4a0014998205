"""Every case of every rule folder, under its own sentence."""

from __future__ import annotations

from typing import Any

import pytest

from service.evaluate import Evaluator
from service.rules.load import load_content
from tests.support.cases import cases_of, complaints, evaluate_case


def all_cases() -> list[Any]:
    """(rule, case) with the case's sentence as its name."""
    found = []
    for rule in load_content().rules.values():
        for case in cases_of(rule.folder / "cases.yaml"):
            found.append(pytest.param(rule.id, case, id=f"{rule.id}: {case['name']}"))
    return found


@pytest.mark.parametrize(("rule", "case"), all_cases())
def test_case(evaluator: Evaluator, rule: str, case: dict[str, Any]) -> None:
    problems = complaints(rule, case, evaluate_case(evaluator, case))
    assert not problems, "\n".join(problems)
