"""Every case of every rule folder, under its own sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.content.conftest import Ran
from tests.support.cases import cases_of, complaints
from tests.support.content import everything


def all_cases() -> list[Any]:
    """(rule, place among its cases) with the case's sentence as its name."""
    return [
        pytest.param(rule.id, place, id=f"{rule.id}: {case['name']}")
        for rule in everything().rules.values()
        for place, case in enumerate(cases_of(rule.folder / "cases.yaml"))
    ]


@pytest.mark.parametrize(("rule", "place"), all_cases())
def test_case(runs: dict[str, list[Ran]], rule: str, place: int) -> None:
    ran = runs[rule][place]
    problems = complaints(rule, ran.case, ran.evaluation)
    assert not problems, "\n".join(problems)
