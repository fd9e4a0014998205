"""Devices that may lie in the body, and vaccinations given or planned."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import SNOMED, coded, read, resource

PACEMAKER = coded(SNOMED, "14106009")
CVX = "http://hl7.org/fhir/sid/cvx"


def device(number: str = "1", **elements: Any) -> dict[str, Any]:
    return resource("Device", number, **{"status": "active", "type": PACEMAKER, **elements})


def vaccination(**elements: Any) -> dict[str, Any]:
    base = {"status": "completed", "vaccineCode": coded(CVX, "208"), "occurrenceDateTime": "2026-11-12"}
    return resource("Immunization", **{**base, **elements})


def label_of(kind: str, made: dict[str, Any]) -> str:
    (fact,) = [fact for fact in read(made).facts if fact.kind == kind]
    return fact.sources[0].label


@pytest.mark.parametrize(
    ("status", "active"),
    [("active", 1), ("Active", 1), ("inactive", 0), ("INACTIVE", 0), ("unknown", 1), ("made-up", 1), (None, 1)],
)
def test_a_device_is_there_unless_it_is_called_inactive(status: str | None, active: int) -> None:
    found = read(device(status=status))
    item = found.one("device")
    assert (item["set"], item["concept"], item["title"], item["via"]) == (
        "implanted-devices",
        "pacemaker",
        "pacemaker",
        "code",
    )
    assert item["active"] == active
    assert found.problems == []


def test_an_inactive_device_is_labelled_so() -> None:
    assert label_of("device", device()) == "pacemaker"
    assert label_of("device", device(status="inactive")) == "pacemaker, inactive"


@pytest.mark.parametrize("status", ["entered-in-error", "Entered-In-Error"])
def test_a_device_entered_in_error_is_excluded_and_said(status: str) -> None:
    found = read(device(status=status))
    assert found.of("device") == []
    gap = found.gap("is entered-in-error; not used")
    assert (gap.kind, gap.where, gap.element, gap.matters) == ("excluded", "Device/dev1", "status", False)


@pytest.mark.parametrize(
    ("elements", "concepts"),
    [
        ({"type": {"text": "Dual-chamber pacemaker"}}, ["pacemaker"]),
        ({"type": None, "deviceName": [{"name": "Leadless pacemaker", "type": "user-friendly-name"}]}, ["pacemaker"]),
        ({"deviceName": [{"name": "Cochlear implant", "type": "other"}]}, ["cochlear-implant", "pacemaker"]),
        ({"deviceName": [{"name": "Pacemaker", "type": "other"}]}, ["pacemaker"]),
        ({"type": {"text": "Walking stick"}}, []),
        ({"type": None, "deviceName": [{"name": "Walking stick", "type": "other"}]}, []),
    ],
    ids=str,
)
def test_a_device_is_known_by_its_type_and_its_names(elements: dict[str, Any], concepts: list[str]) -> None:
    found = read(device(**elements))
    assert found.concepts("device") == concepts
    assert found.problems == []


@pytest.mark.parametrize("kind", [None, {}, {"coding": [{"display": ""}]}], ids=str)
def test_a_device_that_does_not_say_what_it_is_is_reported(kind: Any) -> None:
    unnamed: list[Any] = [None, [], [{}], [{"name": 5}], ["pacemaker"], 5]
    for names in unnamed:
        found = read(device(type=kind, deviceName=names))
        assert found.of("device") == []
        assert found.gap("neither a code nor words").matters


def test_devices_and_vaccinations_of_another_patient_are_not_used() -> None:
    for made in (device(), vaccination()):
        found = read({**made, "patient": {"reference": "Patient/p2"}})
        assert found.of("device") == found.of("immunization") == []
        assert found.gap("belongs to another patient").matters
        assert read({**made, "patient": None}).gap("names no patient").matters


# --- vaccinations


@pytest.mark.parametrize(
    ("occurrence", "date", "age_days", "in_days"),
    [
        ("2026-11-12", "2026-11-12", 10, -1),
        ("2026-11-21T23:30:00Z", "2026-11-21", 1, -1),
        ("2026-11-22", "2026-11-22", 0, -1),
        ("2026-11-23", "2026-11-23", -1, 1),
        ("2026-12-02", "2026-12-02", -1, 10),
        ("2026-11", "2026-11-01", 21, -1),
        ("2026-12", "2026-12-01", -1, 9),
        ("2025", "2025-01-01", 690, -1),
    ],
)
def test_a_vaccination_was_given_or_is_planned(occurrence: str, date: str, age_days: int, in_days: int) -> None:
    item = read(vaccination(occurrenceDateTime=occurrence)).one("immunization", concept="covid-mrna")
    assert (item["date"], item["age_days"], item["in_days"]) == (date, age_days, in_days)
    assert (item["set"], item["title"], item["via"]) == ("vaccines", "COVID-19 vaccine", "code")


@pytest.mark.parametrize("status", ["entered-in-error", "not-done", "Not-Done"])
def test_a_vaccination_that_was_not_given_is_excluded_and_said(status: str) -> None:
    found = read(vaccination(status=status))
    assert found.of("immunization") == []
    gap = found.gap(f"is {status.lower()}; not used")
    assert (gap.kind, gap.where, gap.matters) == ("excluded", "Immunization/imm1", False)


@pytest.mark.parametrize("status", ["completed", "Completed", "made-up", None, 5])
def test_a_status_that_says_nothing_is_no_proof_that_it_was_not_given(status: Any) -> None:
    assert read(vaccination(status=status)).one("immunization")["age_days"] == 10


def test_a_vaccination_without_a_day_is_reported() -> None:
    found = read(vaccination(occurrenceDateTime=None, occurrenceString="last autumn"))
    assert found.of("immunization") == []
    assert found.gap("has no date that could be read").matters
    assert any(gap.matters for gap in read(vaccination(occurrenceDateTime=None)).record.gaps)


def test_a_vaccine_is_known_by_its_words_too() -> None:
    made = vaccination(vaccineCode={"text": "Yellow fever vaccine"})
    assert read(made).one("immunization")["concept"] == "live"
    assert label_of("immunization", made) == "live vaccine, 2026-11-12, recognised by its words"
    assert read(vaccination(vaccineCode=coded(CVX, "140"))).of("immunization") == []
    assert read(vaccination(vaccineCode=None)).gap("neither a code nor words").matters


def test_no_junk_stops_the_reading() -> None:
    junks: list[Any] = [5, "x", [], {}, [5], [[]], [{"coding": 5}], True]
    for junk in junks:
        assert read(device(deviceName=junk)).concepts("device") == ["pacemaker"], junk
        assert read(device(type=junk), vaccination(vaccineCode=junk, occurrenceDateTime=junk)).of("hook"), junk
