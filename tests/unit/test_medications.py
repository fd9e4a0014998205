"""Medications: one exposure for each drug in its most present state, and what makes an exposure doubtful."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.reading import RXNORM, STALE_DAYS, TODAY, WARFARIN, coded, read, resource, warfarin


def request(**elements: Any) -> dict[str, Any]:
    base = {"status": "active", "intent": "order", "medicationCodeableConcept": WARFARIN, "authoredOn": "2026-11-02"}
    return resource("MedicationRequest", **{**base, **elements})


def administration(**elements: Any) -> dict[str, Any]:
    base = {"status": "completed", "medicationCodeableConcept": WARFARIN, "effectiveDateTime": "2026-11-02"}
    return resource("MedicationAdministration", **{**base, **elements})


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (warfarin(status="active"), "active"),
        (warfarin(status="Active"), "active"),
        (warfarin(status="completed"), "past"),
        (warfarin(status="stopped"), "past"),
        (warfarin(status="not-taken"), "past"),
        (warfarin(status="intended"), "planned"),
        (warfarin(status="on-hold"), "held"),
        (warfarin(status="unknown"), "possible"),
        (request(status="active"), "active"),
        (request(status="draft"), "planned"),
        (request(status="on-hold"), "held"),
        (request(status="cancelled"), "past"),
        (request(status="stopped"), "past"),
        (request(status="completed"), "past"),
        (request(intent="proposal"), "planned"),
        (request(intent="plan"), "planned"),
        (request(intent="option"), "planned"),
        (administration(), "past"),
        (administration(status="in-progress"), "active"),
        (administration(status="not-done"), "past"),
        (administration(status="on-hold"), "held"),
    ],
)
def test_a_status_is_a_state(made: dict[str, Any], state: str) -> None:
    found = read(made)
    assert found.one("medication", concept="warfarin")["state"] == state
    assert found.problems == []


@pytest.mark.parametrize("status", ["ongoing", "recorded", "ACTIVE?"])
def test_an_unknown_status_is_no_proof_that_the_drug_was_stopped(status: str) -> None:
    found = read(warfarin(status=status))
    assert found.one("medication")["state"] == "possible"
    assert found.gap("is not known; read as unknown").element == "status"


@pytest.mark.parametrize(
    "made",
    [warfarin(status="entered-in-error"), warfarin(status="Entered-In-Error"), request(doNotPerform=True)],
)
def test_what_says_nothing_of_a_drug_taken_is_excluded_and_said(made: dict[str, Any]) -> None:
    found = read(made)
    assert found.of("medication") == []
    gap = found.gap("not used")
    assert (gap.kind, gap.matters) == ("excluded", False)


@pytest.mark.parametrize(("days", "state"), [(STALE_DAYS, "active"), (STALE_DAYS + 1, "possible"), (3650, "possible")])
def test_active_and_long_unconfirmed_is_only_possible(days: int, state: str) -> None:
    asserted = (TODAY - timedelta(days=days)).isoformat()
    item = read(warfarin(dateAsserted=asserted)).one("medication")
    assert (item["state"], item["last_days"]) == (state, days)
    assert read(request(authoredOn=asserted)).one("medication")["state"] == state


def test_active_since_2016_and_never_spoken_of_again_is_possible() -> None:
    made = warfarin(dateAsserted=None, effectivePeriod={"start": "2016"})
    assert read(made).one("medication")["state"] == "possible"
    assert read({**made, "dateAsserted": "2026-11"}).one("medication")["state"] == "active"


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("2026-11-21", "possible"),
        ("2026-11-22", "active"),
        ("2026-11", "active"),
        ("2026-10", "possible"),
        (None, "active"),
    ],
)
def test_active_with_an_end_in_the_past_is_possible(end: str | None, state: str) -> None:
    made = warfarin(dateAsserted=None, effectivePeriod={"start": "2026-05-01", **({"end": end} if end else {})})
    if end is None:
        made["effectivePeriod"] = {"start": "2026-05-01"}
    assert read(made).one("medication")["state"] == state


def test_active_without_any_date_is_active() -> None:
    item = read(warfarin(dateAsserted=None)).one("medication")
    assert (item["state"], item["last_days"]) == ("active", -1)


def test_a_prescription_dated_tomorrow_is_still_an_exposure() -> None:
    item = read(request(authoredOn="2026-11-23")).one("medication")
    assert (item["state"], item["last_days"]) == ("active", -1)


def test_statement_and_request_of_one_drug_are_one_exposure() -> None:
    found = read(warfarin(status="stopped"), request(), administration())
    item = found.one("medication")
    assert (item["state"], item["last_days"]) == ("active", 20)
    (fact,) = [fact for fact in found.facts if fact.kind == "medication"]
    assert len(fact.sources) == 3


@pytest.mark.parametrize(
    ("states", "together"),
    [(("stopped", "on-hold"), "held"), (("on-hold", "unknown"), "possible"), (("unknown", "active"), "active")],
)
def test_the_most_present_state_stands(states: tuple[str, str], together: str) -> None:
    made = [{**warfarin(status=status), "id": status} for status in states]
    assert read(*made).one("medication")["state"] == read(*reversed(made)).one("medication")["state"] == together


def test_a_code_with_the_words_of_another_drug_is_a_contradiction() -> None:
    found = read(warfarin(medicationCodeableConcept=coded(RXNORM, "1037045", "rivaroxaban 20 MG Oral Tablet")))
    assert found.concepts("medication") == ["dabigatran"]
    gap = found.gap("the code means dabigatran, the words say rivaroxaban")
    assert (gap.kind, gap.matters) == ("contradiction", True)


def test_the_display_of_a_reference_may_contradict_too() -> None:
    drug = {"resourceType": "Medication", "id": "m", "code": coded(RXNORM, "1037045")}
    reference = {"reference": "#m", "display": "Rivaroxaban 20 MG"}
    found = read(warfarin(medicationCodeableConcept=None, medicationReference=reference, contained=[drug]))
    assert found.concepts("medication") == ["dabigatran"]
    assert found.gap("the words say rivaroxaban").matters


@pytest.mark.parametrize("words", ["dabigatran 150 mg", "Pradaxa", "capsule", None])
def test_words_that_agree_or_name_no_drug_are_no_contradiction(words: str | None) -> None:
    assert read(warfarin(medicationCodeableConcept=coded(RXNORM, "1037045", words))).problems == []


@pytest.mark.parametrize(
    ("dosage", "route"),
    [
        ([{"text": "5 mg by mouth daily"}], "oral"),
        ([{"text": "5 mg by mouth."}], "oral"),
        ([{"route": {"text": "Oral, swallowed"}}], "oral"),
        ([{"route": {"coding": [{"code": "x", "display": "Subcutaneous route"}]}}], "sc"),
        ([{"text": "10 mg IV push"}], "iv"),
        ([{"text": "moral support"}], ""),
        (None, ""),
    ],
)
def test_the_route_is_read_in_whole_words(dosage: Any, route: str) -> None:
    assert read(warfarin(dosage=dosage)).one("medication")["route"] == route
    if dosage:
        assert read(request(dosageInstruction=dosage)).one("medication")["route"] == route


def test_a_warfarin_statement_survives_everything_but_its_drug() -> None:
    """The exposure is what a rule must not miss, whatever else is wrong."""
    for name, junk in (
        ("status", 5),
        ("dateAsserted", "last week"),
        ("dosage", "5 mg"),
        ("effectiveDateTime", {}),
        ("effectivePeriod", "2026"),
        ("note", [5]),
        ("meta", "x"),
        ("text", {"div": "<p>"}),
        ("reasonReference", 5),
    ):
        found = read(warfarin(**{name: junk}), today=date(2026, 11, 22))
        assert found.one("medication", concept="warfarin")["state"] in ("active", "possible"), name
