"""Appointments: a plan until their day is over, known by their service, reason or words; whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir.sent import Entry
from tests.support.plans import appointment, excluded, planned
from tests.support.reading import SUBJECT, read

PLACE = [{"actor": {"reference": "https://ehr.example.org/Patients/Location/l1"}}]


@pytest.mark.parametrize("status", ["booked", "pending", "arrived", "checked-in", "waitlist", "Booked"])
def test_an_appointment_is_a_plan(status: str) -> None:
    found = read(appointment(status=status))
    item = found.one("order")
    assert (item["concept"], item["origin"], item["date"]) == ("epidural-transforaminal", "scheduled", "2026-12-01")
    assert (item["region"], item["in_days"]) == ("lumbar", 9)
    assert found.problems == []


@pytest.mark.parametrize("status", ["proposed", "fulfilled", "cancelled", "noshow", "Cancelled"])
def test_an_appointment_that_is_none_says_so_itself(status: str) -> None:
    found = read(appointment(status=status))
    assert found.of("order") == []
    assert found.problems == []


def test_an_appointment_entered_in_error_is_excluded_and_said() -> None:
    excluded(read(appointment(status="entered-in-error")), "is entered-in-error; not used")
    assert read(appointment(status=None)).gap("does not say whether it is planned").matters


@pytest.mark.parametrize(
    ("start", "zone", "date"),
    [
        ("2026-11-22T00:00:00Z", "UTC", "2026-11-22"),
        ("2026-11-22T23:00:00Z", "UTC", "2026-11-22"),
        ("2026-11-22T03:00:00Z", "America/New_York", ""),
        ("2026-11-23T03:00:00Z", "America/New_York", "2026-11-22"),
        ("2026-11-21T23:59:00Z", "UTC", ""),
    ],
)
def test_an_appointment_counts_until_its_day_is_over(start: str, zone: str, date: str) -> None:
    found = read(appointment(start=start), zone=zone)
    if date:
        assert [day for day, _ in planned(found)] == [date]
    else:
        excluded(found, "was planned for 2026-11-21, which is over")


@pytest.mark.parametrize("start", [None, "next week", 5, {}], ids=str)
def test_an_appointment_on_no_day_is_reported(start: Any) -> None:
    found = read(appointment(start=start))
    assert found.of("order") == []
    assert found.gap("is booked for no day that could be read").matters


def test_an_appointment_for_something_else_is_nothing_to_speak_of() -> None:
    for made in (
        appointment(serviceType=[{"text": "Dental check"}], start=None, status=None),
        appointment(serviceType=None, basedOn=[{"reference": "ServiceRequest/gone"}], start=None),
        appointment(serviceType=None, participant=None),
        appointment(serviceType=[{"text": "Chiropractic manipulation"}], start=None),
    ):
        found = read(made)
        assert found.of("order") == []
        assert found.problems == []


@pytest.mark.parametrize(
    "elements",
    [
        {"serviceType": [{"text": "Left L5 transforaminal epidural"}]},
        {"serviceType": None, "reasonCode": [{"text": "Left L5 transforaminal epidural"}]},
        {"serviceType": None, "description": "Transforaminal epidural, left L5"},
        {"serviceType": None, "comment": "Transforaminal epidural, left L5"},
        {"comment": "left L5"},
    ],
    ids=str,
)
def test_an_appointment_is_known_by_its_words(elements: dict[str, Any]) -> None:
    item = read(appointment(**elements)).one("order")
    assert item["concept"] == "epidural-transforaminal"
    assert (item["region"], item["side"], item["level"]) == ("lumbar", "left", "L5")


# --- whose appointment


@pytest.mark.parametrize(
    "actors",
    [
        [SUBJECT],
        [{"reference": "Practitioner/d1"}, SUBJECT],
        [{"reference": "Patient/p2"}, SUBJECT],
        [{"reference": "https://ehr.example.org/fhir/Patient/p1"}],
        [{"reference": "https://ehr.example.org/Patients/Location/l1"}, SUBJECT],
        [{"display": "Dr. No"}, SUBJECT],
        [{"reference": "urn:uuid:us"}],
    ],
    ids=str,
)
def test_one_of_its_participants_is_our_patient(actors: list[dict[str, Any]]) -> None:
    made = appointment(participant=[{"actor": actor, "status": "accepted"} for actor in actors])
    person = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-03-03"}
    assert planned(read(made, patient=Entry(person, "urn:uuid:us"))) == [("2026-12-01", 9)]


def test_another_patients_appointment_is_not_used_and_reported() -> None:
    found = read(appointment(participant=[{"actor": {"reference": "Patient/p2"}, "status": "accepted"}]))
    assert found.of("order") == []
    assert found.gap("belongs to another patient").matters


@pytest.mark.parametrize(
    "participants",
    [None, [], {}, 5, "x", [5], [{}], [{"actor": 5}], PLACE],
    ids=str,
)
def test_an_appointment_of_nobody_is_not_used_and_reported(participants: Any) -> None:
    found = read(appointment(participant=participants))
    assert found.of("order") == []
    assert found.gap("names no patient").matters
