"""Appointments that are being booked: what they are for, where, and on which day; what cannot be told is a fact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import CPT, Read, coded, read, resource

OTHERS = {"reference": "Patient/p2"}
OURS = [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]
NEEDLE = coded(CPT, "64483", "Left L5 transforaminal epidural")
START = "2026-12-01T14:00:00Z"


def booking(number: str = "1", **elements: Any) -> dict[str, Any]:
    base = {"resourceType": "Appointment", "id": f"a{number}", "status": "proposed", "start": START}
    made = base | {"participant": OURS, "serviceType": [NEEDLE]} | elements
    return {name: value for name, value in made.items() if value is not None}


def booked(*record: Any, beside: Any = (), zone: str = "UTC", **elements: Any) -> Read:
    return read(*record, orders=[booking(**elements)], beside=tuple(beside), zone=zone)


def order(**elements: Any) -> dict[str, Any]:
    base = {"status": "active", "intent": "order", "code": coded(CPT, "62323"), "bodySite": [{"text": "left lumbar"}]}
    return resource("ServiceRequest", "1", **{**base, **elements})


def why(found: Read) -> list[str]:
    return [item["why"] for item in found.of("unrecognised")]


@pytest.mark.parametrize("status", ["proposed", "pending", "booked", "Proposed", None])
def test_an_appointment_in_hand_is_what_the_user_does_now(status: str | None) -> None:
    item = booked(status=status).one("order")
    assert (item["concept"], item["origin"], item["date"]) == ("epidural-transforaminal", "order", "2026-12-01")
    assert (item["region"], item["side"], item["in_days"]) == ("lumbar", "left", 9)


@pytest.mark.parametrize("status", ["cancelled", "noshow", "fulfilled", "entered-in-error"])
def test_one_that_is_over_is_not_used_and_not_asked_about(status: str) -> None:
    found = booked(status=status)
    assert found.of("order") == found.of("unrecognised") == []
    assert not found.gap("not used").matters


@pytest.mark.parametrize(
    "elements",
    [
        {"serviceType": [coded(CPT, "64483")]},
        {"serviceType": None, "reasonCode": [{"text": "lumbar transforaminal epidural"}]},
        {"serviceType": None, "description": "Lumbar TFESI"},
        {"serviceType": None, "comment": "for lumbar transforaminal epidural injection"},
    ],
    ids=["service", "reason", "description", "comment"],
)
def test_what_it_is_for_is_read_from(elements: dict[str, Any]) -> None:
    item = booked(**elements).one("order")
    assert (item["concept"], item["region"]) == ("epidural-transforaminal", "lumbar")


@pytest.mark.parametrize(
    ("elements", "zone", "date"),
    [
        ({"start": "2026-12-01T03:00:00Z"}, "UTC", "2026-12-01"),
        ({"start": "2026-12-01T03:00:00Z"}, "America/New_York", "2026-11-30"),
        ({"start": None}, "UTC", ""),
        ({"start": None, "requestedPeriod": [{"start": "2026-12-05", "end": "2026-12-09"}]}, "UTC", "2026-12-05"),
        (
            {"start": None, "requestedPeriod": [{"start": "2026-12-20"}, {"start": "2026-12-08"}]},
            "UTC",
            "2026-12-08",
        ),
        ({"requestedPeriod": [{"start": "2026-11-25"}]}, "UTC", "2026-12-01"),
        ({"start": "2026-11-22T08:00:00Z"}, "UTC", "2026-11-22"),
    ],
    ids=str,
)
def test_its_day_is_the_start_in_the_clinics_zone_else_the_first_day_asked_for(
    elements: dict[str, Any], zone: str, date: str
) -> None:
    assert booked(zone=zone, **elements).one("order")["date"] == date


def test_a_day_that_is_over_is_no_day_to_count_from_and_is_said() -> None:
    found = booked(start="2026-11-21T14:00:00Z")
    assert (found.one("order")["date"], found.one("order")["in_days"]) == ("", -1)
    gap = found.gap("which is over")
    assert (gap.where, gap.matters) == ("Appointment/a1", True)


def test_the_order_behind_it_says_what_and_where_and_the_appointment_when() -> None:
    found = booked(order(), serviceType=None, basedOn=[{"reference": "ServiceRequest/ser1"}])
    item = found.one("order")
    assert (item["concept"], item["region"], item["side"]) == ("epidural-interlaminar", "lumbar", "left")
    assert (item["origin"], item["date"]) == ("order", "2026-12-01")
    (fact,) = [fact for fact in found.facts if fact.kind == "order"]
    assert {source.reference for source in fact.sources} == {"ServiceRequest/ser1", "Appointment/a1"}


@pytest.mark.parametrize("how", ["contained", "beside"])
def test_the_order_may_be_contained_or_stand_beside_it(how: str) -> None:
    if how == "contained":
        inside = {name: value for name, value in order().items() if name != "id"} | {"id": "o"}
        found = booked(serviceType=None, basedOn=[{"reference": "#o"}], contained=[inside])
    else:
        found = booked(serviceType=None, basedOn=[{"reference": "ServiceRequest/ser1"}], beside=[order()])
    assert found.one("order")["concept"] == "epidural-interlaminar"


def test_the_same_appointment_in_the_record_is_no_second_plan() -> None:
    mine = booking(status="booked")
    found = read(mine, orders=[mine])
    assert [item["origin"] for item in found.of("order")] == ["order"]


def test_another_day_that_is_booked_already_for_another_place_stays_a_plan() -> None:
    right = booking("2", status="booked", serviceType=[coded(CPT, "64483", "Right L5 transforaminal epidural")])
    found = read(right, orders=[booking()])
    assert sorted(item["origin"] for item in found.of("order")) == ["order", "scheduled"]


@pytest.mark.parametrize("whose", ["participant", "order"])
def test_one_of_another_patient_is_reported_and_not_used(whose: str) -> None:
    others = [{"actor": OTHERS, "status": "accepted"}]
    if whose == "participant":
        found = booked(participant=others)
    else:
        found = booked(order(subject=OTHERS), basedOn=[{"reference": "ServiceRequest/ser1"}])
    assert found.of("order") == []
    assert found.gap("the appointment, or the order that it is for, is another patient's").matters


def test_one_without_participants_is_the_patients_of_the_call() -> None:
    assert booked(participant=None).one("order")["concept"] == "epidural-transforaminal"


def test_several_are_each_their_own() -> None:
    found = read(orders=[booking(), booking("2", start="2026-12-15T14:00:00Z")])
    assert sorted(item["date"] for item in found.of("order")) == ["2026-12-01", "2026-12-15"]


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"description": "Pain procedure"}, ["words"]),
        ({"description": "Nerve block, C-arm"}, ["words"]),
        ({"comment": "injection"}, ["injection"]),
        ({"description": "Knee injection"}, []),
        ({"description": "Flu vaccine injection"}, []),
        ({"description": "Office visit"}, []),
        ({"description": "Follow-up after nerve block"}, []),
        ({"description": "Follow-up after lumbar transforaminal epidural"}, ["visit-or-procedure"]),
        ({"basedOn": [{"reference": "ServiceRequest/lost"}]}, ["order-not-sent"]),
        ({"basedOn": [{"identifier": {"value": "7"}}]}, ["order-not-sent"]),
        ({}, []),
    ],
    ids=str,
)
def test_what_cannot_be_told_is_a_fact_where_it_may_be_a_procedure(elements: dict[str, Any], reason: list[str]) -> None:
    found = booked(**{"serviceType": None, **elements})
    assert found.of("order") == []
    assert why(found) == reason


def test_a_code_is_the_procedure_whatever_the_words_beside_it() -> None:
    found = booked(comment="follow up in two weeks")
    assert found.one("order")["concept"] == "epidural-transforaminal"
    assert why(found) == []


@pytest.mark.parametrize("junk", [5, "x", [None], [[]], [{}], {"text": "x"}], ids=str)
@pytest.mark.parametrize("element", ["serviceType", "basedOn", "participant", "requestedPeriod", "reasonCode", "start"])
def test_a_broken_element_costs_the_element(element: str, junk: Any) -> None:
    found = booked(**{"description": "Left L5 transforaminal epidural", element: junk})
    assert [item["concept"] for item in found.of("order")] == ["epidural-transforaminal"] or found.record.gaps
