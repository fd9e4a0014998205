"""Every case of every rule folder, evaluated once for all tests that look at cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from service.evaluate import Evaluation, Evaluator
from service.rules.engine_process import EngineProcess
from service.rules.finding import Finding
from service.rules.load import Content
from service.rules.program import Program
from tests.support.cases import cases_of, evaluate_case


class Ran(NamedTuple):
    """One case after its run: which rules fired, what was found."""

    name: str
    case: Mapping[str, Any]
    fired: frozenset[str]
    evaluation: Evaluation

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, by all rules."""
        return self.evaluation.findings


class NotingEngine:
    """The engine, writing down the name of each rule that fires, whether or not it led to anything new."""

    def __init__(self, engine: EngineProcess) -> None:
        self._engine = engine
        self.seen: set[str] = set()

    def run(self, program: Program, facts: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """As `EngineProcess.run`."""
        result = self._engine.run(program, facts)
        self.seen |= {name for name, _ in result["concluded"]}
        self.seen |= {item[-1] for item in (*result["derived"], *result["also"])}
        return result


@pytest.fixture(scope="session")
def runs(content: Content, engine: EngineProcess) -> dict[str, list[Ran]]:
    """Every case of every rule folder, by rule, in the order of its file."""
    noting = NotingEngine(engine)
    evaluator = Evaluator(content, noting, ZoneInfo("UTC"))
    found: dict[str, list[Ran]] = defaultdict(list)
    for rule in content.rules.values():
        for case in cases_of(rule.folder / "cases.yaml"):
            noting.seen = set()
            try:
                evaluation = evaluate_case(evaluator, case)
            except Exception as error:
                error.add_note(f"{rule.id}: {case['name']}")
                raise
            found[rule.id].append(Ran(case["name"], case, frozenset(noting.seen), evaluation))
    return found
