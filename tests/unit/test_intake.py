"""One patient: whose a resource is in every form of reference, and what happens to what is not ours."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir.references import Index, Owner
from service.fhir.sent import Entry, KeyRead, State
from tests.support.reading import CPT, ICD, LOINC, PATIENT, RXNORM, SUBJECT, coded, read, resource, warfarin

MRN = "https://clinic.example.org/mrn"
PERSON = {**PATIENT, "identifier": [{"system": MRN, "value": "77"}, {"value": "88"}, "junk", {"value": ["x"]}]}
URN = "urn:uuid:11111111-2222-3333-4444-555555555555"
INDEX = Index([Entry(PERSON, URN), Entry({"resourceType": "Patient", "id": "p2"}, "urn:uuid:2")], "p1")


@pytest.mark.parametrize(
    ("subject", "owner"),
    [
        ({"reference": "Patient/p1"}, Owner.OURS),
        ({"reference": "Patient/p1/_history/3"}, Owner.OURS),
        ({"reference": "https://ehr.example.org/fhir/Patient/p1"}, Owner.OURS),
        ({"reference": "https://ehr.example.org/fhir/Patient/p1/_history/3"}, Owner.OURS),
        ({"reference": URN}, Owner.OURS),
        ({"reference": "urn:uuid:p1"}, Owner.OURS),
        ({"reference": f"Patient?identifier={MRN}|77"}, Owner.OURS),
        ({"reference": "Patient?identifier=https%3A%2F%2Fclinic.example.org%2Fmrn%7C77"}, Owner.OURS),
        ({"reference": "Patient?identifier=77"}, Owner.OURS),
        ({"reference": "Patient?identifier=|88"}, Owner.OURS),
        ({"reference": "Patient?_id=p1"}, Owner.OURS),
        ({"identifier": {"system": MRN, "value": "77"}}, Owner.OURS),
        ({"identifier": {"value": "77"}}, Owner.OURS),
        ({"reference": "Patient/p2"}, Owner.OTHER),
        ({"reference": "Patient/xp1"}, Owner.OTHER),
        ({"reference": "https://ehr.example.org/fhir/Patient/p11"}, Owner.OTHER),
        ({"reference": "urn:uuid:2"}, Owner.OTHER),
        ({"reference": "urn:uuid:unknown"}, Owner.OTHER),
        ({"reference": "Group/p1"}, Owner.OTHER),
        ({"reference": f"Patient?identifier={MRN}|78"}, Owner.OTHER),
        ({"reference": "Patient?_id=p2"}, Owner.OTHER),
        ({"identifier": {"system": "https://other.example.org", "value": "77"}}, Owner.OTHER),
        ({"identifier": {"value": "78"}}, Owner.OTHER),
        ({"reference": "Patient?name=Smith"}, Owner.NOBODY),
        ({"reference": "#pat"}, Owner.NOBODY),
        ({"reference": ""}, Owner.NOBODY),
        ({"reference": 5}, Owner.NOBODY),
        ({"identifier": {"value": ""}}, Owner.NOBODY),
        ({"identifier": "77"}, Owner.NOBODY),
        ({"display": "Somebody"}, Owner.NOBODY),
        ({}, Owner.NOBODY),
        ("Patient/p1", Owner.NOBODY),
        (None, Owner.NOBODY),
    ],
    ids=str,
)
def test_whose_it_is(subject: Any, owner: Owner) -> None:
    assert INDEX.owner(subject) is owner


def test_an_identifier_of_nobody_known_is_not_ours() -> None:
    assert Index([], "p1").owner({"identifier": {"value": "77"}}) is Owner.OTHER
    odd = Index([Entry({**PATIENT, "identifier": {"value": "77"}})], "p1")
    assert odd.owner({"identifier": {"value": "77"}}) is Owner.OTHER


def test_another_patients_resource_is_not_used_and_reported() -> None:
    found = read(warfarin(subject={"reference": "Patient/p2"}))
    assert found.of("medication") == []
    gap = found.gap("another patient")
    assert (gap.kind, gap.where, gap.matters) == ("other-patient", "MedicationStatement/med1", True)


def test_of_another_patient_what_nobody_asks_for_is_reported_too_but_does_not_matter() -> None:
    asthma = resource("Condition", code=coded(ICD, "J45.909")) | {"subject": {"reference": "Patient/p2"}}
    assert not read(asthma).gap("another patient").matters


def test_a_resource_without_subject_is_not_used_and_reported() -> None:
    found = read(warfarin(subject=None))
    assert found.of("medication") == []
    assert found.gap("names no patient").matters


def test_another_patient_resource_is_reported_and_ours_still_read() -> None:
    found = read({"resourceType": "Patient", "id": "p2", "birthDate": "1930-01-01"})
    assert found.one("patient")["age"] == 56
    assert found.gap("is another patient").where == "Patient/p2"


def test_one_resource_under_two_keys_is_one() -> None:
    made = Entry(resource("Procedure", status="completed", code=coded(CPT, "64483"), performedDateTime="2026-10-01"))
    keys = {
        name: KeyRead(name, State.COMPLETE, (entry,))
        for name, entry in (("patient", Entry(PATIENT)), ("procedures", made), ("observations", made))
    }
    found = read(keys=keys)
    assert found.one("count", window="year")["count"] == 1
    assert found.problems == []


def test_two_different_resources_of_one_name_are_reported() -> None:
    found = read(warfarin(), warfarin(status="stopped"))
    assert found.one("medication")["state"] == "active"
    gap = found.gap("came twice with different content")
    assert (gap.where, gap.matters) == ("MedicationStatement/med1", True)
    assert read(warfarin(), warfarin(meta={"versionId": "2"})).problems == []


def test_two_resources_without_id_are_two() -> None:
    made = [
        {"resourceType": "Procedure", "subject": SUBJECT, "status": "completed", "code": coded(CPT, "64483")}
        | {"performedDateTime": day}
        for day in ("2026-10-01", "2026-09-01")
    ]
    assert read(*made).one("count", window="year")["count"] == 2


@pytest.mark.parametrize("entry", [{}, {"resourceType": ""}, {"resourceType": 5}, [], "x", None, 5], ids=str)
def test_what_is_no_resource_is_reported(entry: Any) -> None:
    found = read(Entry(entry))
    assert found.gap("no resourceType").matters
    assert found.of("patient")


def test_a_type_that_is_not_read_is_reported_where_an_answer_was_expected() -> None:
    found = read(Entry({"resourceType": "Conditoin", "id": "c"}))
    assert not found.gap("Conditoin is not read here").matters


@pytest.mark.parametrize("state", [State.PARTIAL, State.FAILED])
def test_a_key_that_is_not_whole_is_a_gap(state: State) -> None:
    keys = {
        "patient": KeyRead("patient", State.COMPLETE, (Entry(PATIENT),)),
        "conditions": KeyRead("conditions", state, (), "the server broke off"),
    }
    assert read(keys=keys).gap("the server broke off").kind == "incomplete"


# --- what references point at


@pytest.mark.parametrize(
    ("reference", "full_url"),
    [
        ("Medication/m1", ""),
        ("Medication/m1/_history/2", ""),
        ("https://ehr.example.org/fhir/Medication/m1", "https://ehr.example.org/fhir/Medication/m1"),
        ("https://elsewhere.example.org/Medication/m1", ""),
        ("urn:uuid:abc", "urn:uuid:abc"),
    ],
)
def test_a_medication_reference_is_followed(reference: str, full_url: str) -> None:
    drug = Entry({"resourceType": "Medication", "id": "m1", "code": coded(RXNORM, "11289")}, full_url)
    made = warfarin(medicationCodeableConcept=None, medicationReference={"reference": reference})
    assert read(made, drug).concepts("medication") == ["warfarin"]


def test_a_contained_medication_and_its_ingredients() -> None:
    inside = {"resourceType": "Medication", "id": "m", "ingredient": [{"itemCodeableConcept": coded(RXNORM, "11289")}]}
    made = warfarin(medicationCodeableConcept=None, medicationReference={"reference": "#m"}, contained=[inside])
    assert read(made).concepts("medication") == ["warfarin"]


@pytest.mark.parametrize("contained", [None, 5, "x", {}, [None], [{"id": "other"}]], ids=str)
def test_a_dangling_reference_is_reported_or_known_by_its_display(contained: Any) -> None:
    reference = {"reference": "#m"}
    made = warfarin(medicationCodeableConcept=None, medicationReference=reference, contained=contained)
    assert read(made).gap("neither a code nor words").matters
    named = read({**made, "medicationReference": {**reference, "display": "Warfarin 5 mg"}})
    assert named.one("medication", concept="warfarin")["via"] == "text"


def test_the_display_speaks_where_the_medication_found_does_not() -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": coded("urn:local", "W5")}
    made = warfarin(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1", "display": "Coumadin"}
    )
    assert read(made, drug).concepts("medication") == ["warfarin"]


def test_no_junk_in_other_elements_stops_the_reading() -> None:
    junks: list[Any] = [5, "x", [], {}, [5], [[]], [{"coding": 5}], True]
    for junk in junks:
        encounter = resource("Encounter", "e", status="finished", type=junk, reasonCode=junk)
        coverage = resource("Coverage", "c", status="active", type=junk, payor=junk) | {"class": junk}
        study = resource("ImagingStudy", "i", modality=junk, series=junk, procedureCode=junk, description=junk)
        lab = resource("Observation", "o", code=coded(LOINC, "4548-4"), status=junk, valueQuantity=junk)
        assert read(encounter, coverage, study, lab, patient={**PATIENT, "birthDate": junk}).of("hook")
