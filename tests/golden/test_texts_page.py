"""The page of all alert texts is what the rules say; a person reads it whole."""

from __future__ import annotations

import pytest

from service.evaluate import Evaluator
from service.rules.load import RULESETS
from tests.support.drug_table import same
from tests.support.texts_page import as_markdown


@pytest.mark.parametrize("stratum", ["procedures", "safety"])
def test_the_page_is_the_recorded_one(evaluator: Evaluator, stratum: str, request: pytest.FixtureRequest) -> None:
    page = RULESETS / stratum / "TEXTS.md"
    made = as_markdown(evaluator, stratum)
    if request.config.getoption("--update-golden"):
        page.write_text(made, encoding="utf-8")
    recorded = page.read_text(encoding="utf-8")
    assert made == recorded, "\n".join(same(made.splitlines(), recorded.splitlines()))
