"""Sample patients: what a clinician expects of each, and the recorded answers that a person has read.

`pytest tests/golden --update-golden` records `answer.<hook>.json` beside each sample; read the difference first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from fhir_samples.samples import Sample, samples
from service.answer import answer
from service.cards.extension import finding_json
from service.evaluate import Evaluation, Evaluator
from service.files import by_key
from service.hooks.response import to_json
from tests.conftest import ROOT

FIXED = UUID(int=0)
CALLS = [pytest.param(sample, hook, id=f"{sample.name} {hook}") for sample in samples() for hook in sample.hooks]
FREE = {"note", "hook", "criteria", "missing"}
MOST_CARDS = 7
VERSION = re.compile(r'"content_version": "[^"]*"')


def evaluate(evaluator: Evaluator, sample: Sample, hook: str) -> Evaluation:
    keys = by_key(sample.known(hook), evaluator.content.templates(hook))
    return evaluator.evaluate(sample.question(hook), keys)


def fits(finding: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if any(finding.get(name) != value for name, value in wanted.items() if name not in FREE):
        return False
    statuses = {item["id"]: item["status"] for item in finding.get("criteria", ())}
    if any(statuses.get(name) != status for name, status in (wanted.get("criteria") or {}).items()):
        return False
    missing = " ".join(item["what"] for item in finding.get("missing", ()))
    words = wanted.get("missing") or []
    return all(word in missing for word in ([words] if isinstance(words, str) else words))


def about(entries: Any, hook: str) -> list[Mapping[str, Any]]:
    return [entry for entry in entries or () if entry.get("hook", hook) == hook]


@pytest.mark.parametrize(("sample", "hook"), CALLS)
def test_expectation(evaluator: Evaluator, sample: Sample, hook: str) -> None:
    found = [finding_json(finding) for finding in evaluate(evaluator, sample, hook).findings]
    shown = [{k: f.get(k) for k in ("rule", "outcome", "kind", "procedure", "region", "laterality")} for f in found]
    for wanted in about(sample.about.get("expect"), hook):
        assert any(fits(finding, wanted) for finding in found), f"nothing fits {wanted} among {shown}"
    for unwanted in about(sample.about.get("expect_not"), hook):
        assert not any(fits(finding, unwanted) for finding in found), f"{unwanted} was found among {shown}"


@pytest.mark.parametrize(("sample", "hook"), CALLS)
def test_answer_is_the_recorded_one(
    evaluator: Evaluator, sample: Sample, hook: str, request: pytest.FixtureRequest
) -> None:
    response = answer(evaluate(evaluator, sample, hook), evaluator.content, FIXED, MOST_CARDS)
    text = json.dumps(to_json(response), indent=2, ensure_ascii=False) + "\n"
    text = VERSION.sub('"content_version": "any"', text)
    path = sample.folder / f"answer.{hook}.json"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} of {sample.name} is not recorded; run with --update-golden and read it"
    assert text == path.read_text(encoding="utf-8"), f"{sample.name}: the answer changed; read the difference"


@pytest.mark.parametrize(("sample", "hook"), CALLS[:8])
def test_same_input_gives_the_same_bytes_in_any_order(evaluator: Evaluator, sample: Sample, hook: str) -> None:
    """Contract 4.5, and the order in which a record arrives says nothing."""
    keys = by_key(sample.known(hook), evaluator.content.templates(hook))
    turned = by_key(sample.known(hook)[::-1], evaluator.content.templates(hook))
    question = sample.question(hook)
    first, second = (
        json.dumps(to_json(answer(evaluator.evaluate(question, item), evaluator.content, FIXED, MOST_CARDS))["cards"])
        for item in (keys, turned)
    )
    assert first == second


def test_every_sample_has_its_row() -> None:
    page = (ROOT / "fhir_samples" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^]]+\]\(([^)]+)/\) ", page, re.MULTILINE)
    assert sorted(rows) == sorted(sample.name for sample in samples())
