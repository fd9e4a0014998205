"""The README is true: its request gets its answer, its commands exist, its tables are complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from service.api.app import create_app
from service.assembly import SpineService
from service.cli import commands
from service.rules.catalogue import as_markdown
from service.rules.load import Content
from service.settings import Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
KEPT = ("feedback report", "feedback export", "store upgrade", "store prune")
CHANGING = ("uuid", "evaluation", "content_version")


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=date(2026, 11, 22)), content)
    made.start()
    yield made
    made.engine.stop()


def settled(value: Any) -> Any:
    """Without what differs from run to run."""
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items() if key not in CHANGING}
    return [settled(item) for item in value] if isinstance(value, list) else value


def test_the_request_gets_the_answer_that_is_shown(service: SpineService) -> None:
    request = json.loads(re.findall(r"<<'JSON'\n(.*?)\nJSON", README, re.DOTALL)[0])
    shown = json.loads(re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)[0])
    client = create_app(Settings(today=date(2026, 11, 22)), service).test_client()
    answer = client.post("/cds-services/spine-orders", json=request).get_json()
    assert settled(answer["cards"][0]) == settled(shown)
    assert len(answer["cards"]) == 4


def test_every_setting_is_in_the_table() -> None:
    named = set(re.findall(r"`SPINE_CDS_([A-Z_]+)` \|", README))
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "words", ["serve", "evaluate", "packet", "rules list", "rules show", "rules check", "rules explain", *KEPT]
)
def test_every_verb_has_help(words: str) -> None:
    assert words.split()[-1] in README
    assert CliRunner().invoke(commands, [*words.split(), "--help"]).exit_code == 0


def test_rules_check_and_list_run() -> None:
    for words in (["rules", "check"], ["rules", "list"]):
        assert CliRunner().invoke(commands, words).exit_code == 0


def test_the_catalogue_lists_every_rule(content: Content) -> None:
    page = (ROOT / "rulesets" / "README.md").read_text(encoding="utf-8")
    assert page == as_markdown(content), "write it anew: spine-cds rules list --markdown > rulesets/README.md"


def test_the_number_of_samples_is_right() -> None:
    count = len(list((ROOT / "fhir_samples").glob("*/sample.yaml")))
    assert f"hook calls for {count} sample patients" in README
