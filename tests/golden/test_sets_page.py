"""The table of value sets is what the files hold."""

from __future__ import annotations

import pytest

from service.rules.load import RULESETS, Content
from tests.support.drug_table import same
from tests.support.sets_page import as_markdown

PAGE = RULESETS / "_codes" / "SETS.md"


def test_the_page_is_the_recorded_one(content: Content, request: pytest.FixtureRequest) -> None:
    made = as_markdown(content)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(made, encoding="utf-8")
    recorded = PAGE.read_text(encoding="utf-8")
    assert made == recorded, "\n".join(same(made.splitlines(), recorded.splitlines()))
