"""The table of antithrombotic drugs that people read is what the rules say, cell by cell."""

from __future__ import annotations

import pytest

from service.evaluate import Evaluator
from service.rules.load import RULESETS
from tests.support.drug_table import as_markdown, same

TABLE = RULESETS / "safety" / "antithrombotics" / "TABLE.md"


def test_the_table_is_the_recorded_one(evaluator: Evaluator, request: pytest.FixtureRequest) -> None:
    made = as_markdown(evaluator.content, evaluator.reasoner)
    if request.config.getoption("--update-golden"):
        TABLE.write_text(made, encoding="utf-8")
    recorded = TABLE.read_text(encoding="utf-8")
    assert made == recorded, "\n".join(same(made.splitlines(), recorded.splitlines()))
