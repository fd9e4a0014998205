"""What must change an answer does, and what must not does not: for every sample patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from fhir_samples.samples import Sample, samples
from service.answer import answer
from service.evaluate import Evaluation, Evaluator
from service.fhir.sent import Entry
from service.files import by_key, patient_id
from service.hooks.response import to_json

CALLS = [pytest.param(sample, hook, id=f"{sample.name} {hook}") for sample in samples() for hook in sample.hooks]
SUGGESTIVE = [call for call in CALLS if call.values[1] == "patient-view"]


def evaluated(evaluator: Evaluator, sample: Sample, hook: str, entries: Sequence[Entry]) -> Evaluation:
    keys = by_key(entries, evaluator.content.templates(hook))
    return evaluator.evaluate(sample.question(hook), keys)


def told(evaluator: Evaluator, evaluation: Evaluation) -> dict[str, Any]:
    return to_json(answer(evaluation, evaluator.content, UUID(int=0), 7))


@pytest.mark.parametrize(("sample", "hook"), CALLS)
def test_the_order_of_resources_does_not_matter(evaluator: Evaluator, sample: Sample, hook: str) -> None:
    entries = sample.known(hook)
    first, last = (evaluated(evaluator, sample, hook, items) for items in (entries, entries[::-1]))
    assert {f.outcome: f.summary for f in first.findings} == {f.outcome: f.summary for f in last.findings}
    cards = [told(evaluator, item)["cards"] for item in (first, last)]
    assert [card["summary"] for card in cards[0]] == [card["summary"] for card in cards[1]]


@pytest.mark.parametrize(("sample", "hook"), CALLS)
def test_without_the_deciding_resource_the_answer_is_another(evaluator: Evaluator, sample: Sample, hook: str) -> None:
    entries = sample.known(hook)
    whole = evaluated(evaluator, sample, hook, entries)
    drafts = {f"{order['resourceType']}/{order.get('id')}" for order in sample.orders}
    cited = {item.reference for finding in whole.findings[:1] for item in finding.because} - drafts
    names = {f"{entry.resource['resourceType']}/{entry.resource.get('id')}" for entry in entries}
    for reference in sorted((cited & names) - {f"Patient/{patient_id(entries)}"}):
        rest = [e for e in entries if f"{e.resource['resourceType']}/{e.resource.get('id')}" != reference]
        assert told(evaluator, evaluated(evaluator, sample, hook, rest))["cards"] != told(evaluator, whole)["cards"]


@pytest.mark.parametrize(("sample", "hook"), SUGGESTIVE)
def test_a_red_flag_silences_every_suggestion(evaluator: Evaluator, sample: Sample, hook: str) -> None:
    flag = {
        "resourceType": "Condition",
        "id": "added-flag",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G83.4"}]},
        "subject": {"reference": f"Patient/{patient_id(sample.entries)}"},
    }
    found = evaluated(evaluator, sample, hook, [*sample.known(hook), Entry(flag)]).findings
    assert "red-flag" in {finding.kind for finding in found}
    assert not [finding.summary for finding in found if finding.kind == "suggestion"]
