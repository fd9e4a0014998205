"""Eighty resources that others wrote, odd and broken ones among them: each is used, of no interest, or reported."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.errors import NeededDataMissing
from service.evaluate import Evaluation, Evaluator
from service.facts.recognise import Recogniser
from service.fhir.r4 import MODELS, SUBJECT
from service.fhir.references import Index
from service.fhir.sent import Entry, KeyRead, State
from service.files import KEY_OF_TYPE
from service.question import Question
from tests.conftest import SHARED

pytestmark = pytest.mark.shared

FOLDER = SHARED / "data" / "shapes"
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []
TODAY = date(2026, 11, 22)
OURS = "shape-patient"
# An order keeps the question open, so that what could not be read is said on a card.
ORDER = {
    "resourceType": "ServiceRequest",
    "id": "o1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": f"Patient/{OURS}"},
    "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64483"}]},
}
PLAIN = 400


def load(path: Path) -> dict[str, Any]:
    """The file's JSON; some begin with a byte order mark."""
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    return made


def patient_of(raw: Mapping[str, Any]) -> str:
    """The id of the patient that a resource names, our own where it names none."""
    if raw.get("resourceType") == "Patient":
        return str(raw.get("id", OURS))
    subject = raw.get(SUBJECT.get(str(raw.get("resourceType")), "subject"))
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return str(reference).rpartition("/")[2] if reference and "Patient/" in str(reference) else OURS


def evaluate(evaluator: Evaluator, raw: dict[str, Any]) -> Evaluation:
    """The shape beside its own patient, under the key it would come in, with an order in hand."""
    ident = patient_of(raw)
    person = raw if raw.get("resourceType") == "Patient" else {"resourceType": "Patient", "id": ident}
    keys = {key: KeyRead(key, State.COMPLETE) for key in evaluator.content.templates("order-sign")}
    key = KEY_OF_TYPE.get(str(raw.get("resourceType")), "conditions")
    keys[key] = KeyRead(key, State.COMPLETE, (Entry(raw),))
    keys["patient"] = KeyRead("patient", State.COMPLETE, (Entry(person),))
    order = {**ORDER, "subject": {"reference": f"Patient/{ident}"}}
    return evaluator.evaluate(Question("order-sign", ident, TODAY, (order,)), keys)


def verdict(evaluator: Evaluator, raw: dict[str, Any], evaluation: Evaluation) -> str:
    """`used`, `reported`, `no interest`, `not in time` (read for a span of weeks, and too old for it) or `lost`."""
    kind = str(raw.get("resourceType"))
    where = {f"{kind}/{raw.get('id')}", kind}
    if kind == "Patient" and evaluation.record.patient is not None:
        return "used"
    facts = evaluation.reasoning.facts.values()
    if any(source.reference in where for fact in facts for source in fact.sources):
        return "used"
    if evaluation.record.gaps:
        return "reported"
    content = evaluator.content
    in_time = content.sets_of["span"] | content.sets_of["count"]
    if any(
        item.reference in where and {hit.set for hit in item.hits} <= in_time for item in evaluation.record.resources
    ):
        return "not in time"
    recognise = Recogniser(content.index, content.anatomy, content.reader, content.sets)
    recognised = kind not in MODELS or recognise(raw, Index([Entry(raw)], "")) == ()
    return "no interest" if recognised else "lost"


def test_the_folder_is_whole(shared: Path) -> None:
    assert len(FILES) == 80, "skipped files would pass unseen"


@pytest.mark.parametrize("path", FILES, ids=[path.stem[:70] for path in FILES])
def test_a_shape_is_used_of_no_interest_or_reported(evaluator: Evaluator, path: Path) -> None:
    raw = load(path)
    if raw.get("resourceType") == "Patient" and "id" not in raw:
        with pytest.raises(NeededDataMissing):
            evaluate(evaluator, raw)
        return
    evaluation = evaluate(evaluator, raw)
    assert verdict(evaluator, raw, evaluation) != "lost"
    for gap in evaluation.record.gaps:
        assert gap.problem
        assert len(gap.problem) < PLAIN
        assert not any(word in gap.problem for word in ("Traceback", "Error", "pydantic", " object at"))
    if any(gap.matters for gap in evaluation.record.gaps):
        assert any(finding.kind == "could-not-check" for finding in evaluation.findings)


def test_most_shapes_are_understood(shared: Path, evaluator: Evaluator) -> None:
    found: Counter[str] = Counter()
    for path in FILES:
        raw = {"id": OURS, **load(path)}
        found[verdict(evaluator, raw, evaluate(evaluator, raw))] += 1
    # A reader that took everything for "no interest", or reported all of it, would pass the test above.
    assert found["used"] >= 11
    assert found["reported"] <= 30


def test_a_warfarin_statement_keeps_its_exposure_through_every_odd_frame(shared: Path, evaluator: Evaluator) -> None:
    """The frames are the medication shapes themselves; only what is taken is ours."""
    drug = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "11289"}]}
    for path in FILES:
        raw = load(path)
        if raw.get("resourceType") not in ("MedicationStatement", "MedicationRequest"):
            continue
        raw.pop("medicationReference", None)
        raw |= {"medicationCodeableConcept": drug, "status": "active", "doNotPerform": False}
        if raw["resourceType"] == "MedicationStatement":
            raw.pop("doNotPerform")
        facts = evaluate(evaluator, raw).reasoning.facts.values()
        assert any(fact.kind == "medication" and fact.fields["concept"] == "warfarin" for fact in facts), path.stem
