"""Prefetch keys that hold what they ask for, and keys that look into others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from service.fhir.prefetch import Wanted, gather
from service.fhir.sent import Entry, KeyRead, State
from tests.support.sent import TOKENS, bundle

MEDICATIONS = {
    "p": "Patient/{{context.patientId}}",
    "m": "MedicationStatement?patient={{context.patientId}}",
    "o": "Observation?patient={{context.patientId}}",
    "u": "{{context.userId}}",
    "r": "PractitionerRole?_id={{userPractitionerId}}",
}


def asked(key: str, *types: str) -> tuple[State, str]:
    """State and problem of a key that was sent with one resource of each type."""
    value = bundle(*({"resourceType": kind, "id": kind} for kind in types))
    read = gather({key: value}, MEDICATIONS, TOKENS, None)[key]
    assert len(read.entries) == len(types)
    return read.state, read.problem


@pytest.mark.parametrize(
    ("key", "types"),
    [
        ("m", ["MedicationStatement"]),
        ("m", ["MedicationRequest", "Medication"]),
        ("m", ["MedicationStatement", "Patient", "Provenance"]),
        ("o", ["Observation"]),
        ("u", ["PractitionerRole", "Organization"]),
        ("r", ["PractitionerRole", "Practitioner"]),
        ("r", ["Practitioner"]),
    ],
)
def test_what_was_asked_for_or_kept_for_it_is_complete(key: str, types: list[str]) -> None:
    assert asked(key, *types) == (State.COMPLETE, "")


@pytest.mark.parametrize(
    ("key", "types"),
    [("m", ["Observation"]), ("m", ["Medication"]), ("o", ["MedicationStatement"]), ("o", ["Parameters"]), ("o", "X")],
)
def test_a_key_that_holds_nothing_it_asks_for_has_failed(key: str, types: list[str]) -> None:
    state, problem = asked(key, *types)
    assert (state, problem) == (State.FAILED, "it holds none of the resources that its query asks for")


def test_what_was_fetched_is_held_to_the_same() -> None:
    odd = KeyRead("m", State.COMPLETE, (Entry({"resourceType": "Observation"}),), fetched=True)
    assert gather(None, MEDICATIONS, TOKENS, Fetching(m=odd))["m"].state is State.FAILED


def test_resources_of_another_key_are_remarked() -> None:
    state, problem = asked("o", "Observation", "MedicationStatement")
    assert (state, problem) == (State.COMPLETE, "it also holds MedicationStatement, read as what they are")


class Fetching:
    """Answers each key from a table and remembers the rounds."""

    def __init__(self, **answers: KeyRead) -> None:
        self.answers = answers
        self.rounds: list[dict[str, str]] = []

    def all(self, wanted: Mapping[str, Wanted]) -> dict[str, KeyRead]:
        self.rounds.append({key: want.url for key, want in wanted.items()})
        return {key: self.answers.get(key, KeyRead(key, State.COMPLETE, fetched=True)) for key in wanted}


LOOKING = {
    "roles": "PractitionerRole?_id={{%orders.entry.resource.requester.resolve().ofType(PractitionerRole).id}}",
    "patient": "Patient/{{context.patientId}}",
    "orders": "ServiceRequest?patient={{context.patientId}}",
    "doctor": "Practitioner/{{%patient.generalPractitioner.resolve().id}}",
}


ORDER = {"resourceType": "ServiceRequest", "id": "s1", "requester": {"reference": "PractitionerRole/r1"}}


GIVEN = {"resourceType": "Patient", "id": "p1", "generalPractitioner": [{"reference": "Practitioner/g1"}]}


def test_E8_a_key_that_looks_into_another_is_fetched_after_it_and_keeps_its_place() -> None:
    fetch = Fetching(
        orders=KeyRead("orders", State.COMPLETE, (Entry(ORDER),), fetched=True),
        patient=KeyRead("patient", State.COMPLETE, (Entry(GIVEN),), fetched=True),
    )
    reads = gather(None, LOOKING, TOKENS, fetch)
    assert fetch.rounds == [
        {"patient": "Patient/p1", "orders": "ServiceRequest?patient=p1"},
        {"roles": "PractitionerRole?_id=r1", "doctor": "Practitioner/g1"},
    ]
    assert list(reads) == list(LOOKING)


def test_E8_what_was_sent_is_looked_into_as_well() -> None:
    fetch = Fetching()
    gather({"orders": bundle(ORDER), "patient": GIVEN}, LOOKING, TOKENS, fetch)
    assert fetch.rounds == [{"roles": "PractitionerRole?_id=r1", "doctor": "Practitioner/g1"}]


def test_E8_a_part_of_a_result_is_not_looked_into() -> None:
    fetch = Fetching()
    reads = gather({"orders": bundle(ORDER, total=9), "patient": GIVEN}, LOOKING, TOKENS, fetch)
    assert fetch.rounds == [{"doctor": "Practitioner/g1"}]
    assert (reads["orders"].state, reads["roles"].state) == (State.PARTIAL, State.ABSENT)


def test_E8_keys_that_wait_for_each_other_are_absent() -> None:
    fetch = Fetching()
    circle = {"a": "Condition/{{%b.id}}", "b": "Condition/{{%a.id}}"}
    reads = gather(None, circle, TOKENS, fetch)
    assert {read.state for read in reads.values()} == {State.ABSENT}
    assert fetch.rounds == []
