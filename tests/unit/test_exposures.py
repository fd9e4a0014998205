"""What an exposure is made of when several resources speak of one drug: doses, start and route of what is taken now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.reading import RXNORM, WARFARIN, coded, read, resource, warfarin

ENOXAPARIN = coded(RXNORM, "67108", "enoxaparin sodium 40 MG Injection")


def statement(number: str = "1", text: str = "", **elements: Any) -> dict[str, Any]:
    base = {"status": "active", "medicationCodeableConcept": ENOXAPARIN, "dateAsserted": "2026-11-02"}
    instruction = {"dosage": [{"text": text}]} if text else {}
    return resource("MedicationStatement", number, **{**base, **instruction, **elements})


def exposure(*made: Any, orders: Any = ()) -> Mapping[str, Any]:
    """The one exposure that resources tell of, in whatever order they come."""
    found = read(*made, orders=orders).one("medication")
    assert read(*reversed(made), orders=orders).one("medication") == found
    return found


def doses(item: Mapping[str, Any]) -> tuple[float, float, int]:
    return item["dose"], item["daily"], item["per_kg"]


def test_a_dose_is_that_of_the_instruction_else_the_strength_of_the_name() -> None:
    assert doses(exposure(statement(text="80 mg twice daily"))) == (80.0, 160.0, 0)
    assert doses(exposure(statement(text="1 mg/kg every 12 hours"))) == (1.0, 2.0, 1)
    assert doses(exposure(statement())) == (40.0, -1.0, 0)
    assert doses(exposure(warfarin())) == (-1.0, -1.0, 0)


def test_the_name_may_stand_in_the_reference() -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": coded(RXNORM, "67108")}
    reference = {"reference": "Medication/m1", "display": "enoxaparin 40 mg"}
    made = statement(medicationCodeableConcept=None, medicationReference=reference)
    assert doses(exposure(made, drug)) == (40.0, -1.0, 0)


def test_of_several_present_ones_the_largest_counts() -> None:
    two = statement("1", "40 mg daily"), statement("2", "80 mg twice daily", status="on-hold")
    assert doses(exposure(*two)) == (80.0, 160.0, 0)
    assert doses(exposure(statement("1", "40 mg daily"), statement("2", "1 mg/kg"))) == (40.0, 40.0, 1)


@pytest.mark.parametrize("text", ["40 mg daily", "80 mg twice daily", "1 mg/kg twice daily"])
def test_the_dose_of_an_earlier_course_is_not_that_of_this_one(text: str) -> None:
    """A small dose of last year would make a treatment of today look like prevention."""
    earlier = statement("1", text, status="stopped")
    now = statement("2", medicationCodeableConcept=coded(RXNORM, "67108"))
    assert doses(exposure(earlier, now)) == (-1.0, -1.0, 0)
    assert doses(exposure(earlier)) != (-1.0, -1.0, 0)
    assert doses(exposure(earlier, statement("2", "30 mg daily"))) == (30.0, 30.0, 0)


def test_a_drafted_dose_counts_beside_the_one_that_is_taken() -> None:
    draft = resource("MedicationRequest", "d", status="draft", intent="order", medicationCodeableConcept=ENOXAPARIN)
    draft |= {"dosageInstruction": [{"text": "80 mg twice daily"}]}
    item = exposure(statement(text="40 mg daily"), orders=[draft])
    assert (item["state"], item["daily"], item["drafted"]) == ("active", 160.0, 1)


@pytest.mark.parametrize(
    ("elements", "days"),
    [
        ({"effectivePeriod": {"start": "2026-11-12"}}, 10),
        ({"effectivePeriod": {"start": "2026-11-22"}}, 0),
        ({"effectivePeriod": {"start": "2026-11-23"}}, -1),
        ({"effectivePeriod": {"start": "2026-10"}}, 22),
        ({"effectivePeriod": {"end": "2026-11-30"}}, -1),
        ({"effectiveDateTime": "2026-11-12"}, -1),
        ({}, -1),
    ],
    ids=str,
)
def test_since_when_at_least(elements: dict[str, Any], days: int) -> None:
    assert exposure(statement(**elements))["started_days"] == days


def test_an_order_was_started_when_it_was_written_and_the_longest_course_counts() -> None:
    made = resource("MedicationRequest", status="active", intent="order", medicationCodeableConcept=ENOXAPARIN)
    made |= {"authoredOn": "2026-11-12"}
    assert exposure(made)["started_days"] == 10
    assert exposure(made, statement(effectivePeriod={"start": "2026-11-02"}))["started_days"] == 20


def test_an_earlier_course_is_not_the_start_of_this_one() -> None:
    earlier = statement("1", status="stopped", effectivePeriod={"start": "2026-01-01", "end": "2026-02-01"})
    assert exposure(earlier, statement("2", effectivePeriod={"start": "2026-11-12"}))["started_days"] == 10
    assert exposure(earlier)["started_days"] == 325


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("Inject 40 mg under the skin daily", "sc"),
        ("40 mg into the skin", "sc"),
        ("40 mg subcut daily", "sc"),
        ("40 mg intramuscular once", "im"),
        ("40 mg IM once", "im"),
        ("40 mg IV once", "iv"),
        ("one tablet PO daily", "oral"),
        ("40 mg daily, the skin may itch", ""),
        ("40 mg daily", ""),
    ],
)
def test_how_it_is_given(text: str, route: str) -> None:
    """An injection under the skin is no ointment: it must never pass as one that stays where it is put."""
    assert exposure(statement(text=text))["route"] == route


def test_the_route_of_an_earlier_course_is_not_that_of_this_one() -> None:
    earlier = statement("1", "40 mg IV once", status="completed")
    assert exposure(earlier, statement("2", "40 mg daily"))["route"] == ""
    assert exposure(earlier, statement("2", "under the skin"))["route"] == "sc"
    assert exposure(earlier)["route"] == "iv"


def test_what_stays_where_it_is_put_is_no_exposure_beside_tablets() -> None:
    made = {"medicationCodeableConcept": {"text": "Diclofenac"}}
    gel = statement("1", medicationCodeableConcept={"text": "Diclofenac 1 % gel"})
    assert exposure(gel)["route"] == "local"
    assert exposure(gel, statement("2", "by mouth daily", status="stopped", **made))["state"] == "past"
    assert exposure(gel, statement("2", "by mouth daily", **made))["route"] == "oral"


def test_a_dose_out_of_all_range_does_not_cost_the_drug() -> None:
    huge = {"doseAndRate": [{"doseQuantity": {"value": 1e300, "unit": "mg"}}]}
    made = resource("MedicationStatement", status="active", medicationCodeableConcept=WARFARIN, dosage=[huge])
    assert doses(exposure(made)) == (-1.0, -1.0, 0)
