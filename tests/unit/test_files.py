"""FHIR files: every form that they come in, and one clear line for what is none."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.errors import NeededDataMissing, NotJson, NotUnderstood, ServiceError
from service.fhir.sent import Entry, State
from service.files import by_key, patient_id, question, read_entries

PATIENT = {"resourceType": "Patient", "id": "p1"}
CONDITION = {"resourceType": "Condition", "id": "c1"}


def write(folder: Path, content: Any, name: str = "record.json", packed: bool = False) -> Path:
    raw = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    path = folder / name
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


def bundle(*entries: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        bundle({"resource": PATIENT}, {"resource": CONDITION}),
        f"{json.dumps(PATIENT)}\n{json.dumps(CONDITION)}\n",
        f"{json.dumps(PATIENT)}\r\n\r\n{json.dumps(CONDITION)}",
        "\ufeff" + json.dumps(bundle({"resource": PATIENT}, {"resource": CONDITION})),
    ],
)
def test_every_form(tmp_path: Path, content: Any, packed: bool) -> None:
    found = read_entries(write(tmp_path, content, packed=packed))
    assert [entry.resource for entry in found] == [PATIENT, CONDITION]


def test_a_single_resource_and_its_full_url(tmp_path: Path) -> None:
    assert read_entries(write(tmp_path, PATIENT)) == [Entry(PATIENT)]
    full = bundle({"fullUrl": "urn:uuid:1", "resource": PATIENT}, {"request": {"method": "DELETE"}}, "junk")
    assert read_entries(write(tmp_path, full)) == [Entry(PATIENT, "urn:uuid:1")]
    inner = bundle({"resource": full}, {"resource": CONDITION})
    assert read_entries(write(tmp_path, inner)) == [Entry(PATIENT, "urn:uuid:1"), Entry(CONDITION)]


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("{", NotJson, "record.json is not JSON"),
        ("not json", NotJson, "record.json is not JSON"),
        (f"{json.dumps(PATIENT)}\n{{broken\n", NotJson, "line 2 is not JSON"),
        ("[]", NotUnderstood, "no FHIR resource"),
        ("{}", NotUnderstood, "no resourceType"),
        ('{"resourceType": 5}', NotUnderstood, "no resourceType"),
        (json.dumps(bundle()), NotUnderstood, "holds no FHIR resource"),
        ('{"resourceType": "Bundle", "entry": 5}', NotUnderstood, "entries are not a list"),
        ('{"resourceType": "Bundle", "entry": {"a": 1}}', NotUnderstood, "entries are not a list"),
        (gzip.compress(b"{}" * 99, mtime=0)[:-9], NotUnderstood, "cannot be read"),
        (b"\xff\xfe\x00", NotUnderstood, "cannot be read"),
        (b"\x1f\x8bbroken", NotUnderstood, "cannot be read"),
        ("", NotJson, "is not JSON"),
    ],
)
def test_what_is_no_fhir_file_is_refused_in_one_line(
    tmp_path: Path, content: Any, error: type[ServiceError], says: str
) -> None:
    with pytest.raises(error, match=says) as refused:
        read_entries(write(tmp_path, content))
    assert "\n" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=r"gone\.json cannot be read: FileNotFoundError"):
        read_entries(tmp_path / "gone.json")


def test_resources_stand_under_the_keys_they_would_come_in() -> None:
    visit, drug = {"resourceType": "Encounter", "id": "e"}, {"resourceType": "Medication", "id": "m"}
    booked, allergy = {"resourceType": "Appointment", "id": "a"}, {"resourceType": "AllergyIntolerance", "id": "i"}
    entries = [Entry(item) for item in (PATIENT, CONDITION, visit, drug, booked, allergy, {"resourceType": "Madeup"})]
    keys = ["patient", "conditions", "procedures", "medicationRequests", "serviceRequests", "allergies", "coverages"]
    found = by_key(entries, keys)
    assert {key: [item.resource for item in read.entries] for key, read in found.items()} == {
        "patient": [PATIENT],
        "conditions": [CONDITION],
        "procedures": [visit],
        "medicationRequests": [drug],
        "serviceRequests": [booked],
        "allergies": [allergy],
        "coverages": [],
    }
    assert {read.state for read in found.values()} == {State.COMPLETE}


def test_the_files_of_exactly_one_patient() -> None:
    assert patient_id([Entry(PATIENT), Entry(PATIENT), Entry(CONDITION)]) == "p1"
    with pytest.raises(NeededDataMissing, match="no patient"):
        patient_id([Entry(CONDITION)])
    with pytest.raises(NotUnderstood, match="2 patients") as refused:
        patient_id([Entry(PATIENT), Entry({"resourceType": "Patient", "id": "secret"})])
    assert "secret" not in str(refused.value)


def test_a_file_that_tells_of_a_failure_is_not_a_complete_record() -> None:
    failed = Entry({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]})
    assert {known.state for known in by_key([failed], ["patient", "conditions"]).values()} == {State.PARTIAL}
    assert {known.state for known in by_key([], ["patient", "conditions"]).values()} == {State.COMPLETE}


def an_order(**more: Any) -> dict[str, Any]:
    return {"resourceType": "ServiceRequest", "id": "o1", **more}


def a_visit(number: str, status: str) -> Entry:
    return Entry({"resourceType": "Encounter", "id": number, "status": status})


ME = Entry({"resourceType": "Patient", "id": "p1"})
DAY = date(2026, 11, 22)


def test_files_dispatch_the_order_to_the_performer_that_it_names() -> None:
    made = question("order-dispatch", [ME], [an_order(performer=[{"reference": "Practitioner/d1"}])], DAY)
    assert (made.dispatched, made.performer, made.orders) == (("ServiceRequest/o1",), "Practitioner/d1", ())


@pytest.mark.parametrize("orders", [[], [an_order()], [an_order(performer=[{"display": "Dr"}])]], ids=str)
def test_a_dispatch_without_performer_is_refused_in_one_line(orders: list[Any]) -> None:
    with pytest.raises(NotUnderstood, match="needs --order with a ServiceRequest that names its performer"):
        question("order-dispatch", [ME], orders, DAY)


@pytest.mark.parametrize(
    ("visits", "encounter"),
    [
        ([], ""),
        ([a_visit("e1", "in-progress")], "e1"),
        ([a_visit("e1", "finished"), a_visit("e2", "arrived")], "e2"),
        ([a_visit("e1", "in-progress"), a_visit("e2", "in-progress")], ""),
    ],
    ids=["none", "one", "one under way", "several"],
)
def test_the_visit_of_files_is_the_one_under_way(visits: list[Entry], encounter: str) -> None:
    for hook in ("encounter-start", "encounter-discharge"):
        assert question(hook, [ME, *visits], [], DAY).encounter == encounter
    assert question("patient-view", [ME, *visits], [], DAY).encounter is None
