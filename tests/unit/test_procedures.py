"""Procedures: what was done where, how often, and for how many weeks surely."""

from __future__ import annotations

from typing import Any

import pytest

from service.facts.needs import need
from tests.support.reading import (
    COUNTED,
    CPT,
    ICD,
    LOOK_BACK_MONTHS,
    NEEDS,
    RXNORM,
    SPANNED,
    Read,
    coded,
    read,
    resource,
)

TRANSFORAMINAL, CERVICAL, THERAPY, IBUPROFEN = "64483", "64479", "97110", "5640"
COUNT: dict[str, Any] = {
    "count": COUNTED,
    "of": ["spine-procedures"],
    "concepts": ["epidural-transforaminal"],
    "windows": [{"id": "year", "months": "months"}],
}
CLASS = {"class": {"code": "AMB"}}


def procedure(number: str = "1", code: str = TRANSFORAMINAL, **elements: Any) -> dict[str, Any]:
    return resource("Procedure", number, **{"status": "completed", "code": coded(CPT, code), **elements})


def dated(number: str, code: dict[str, Any]) -> dict[str, Any]:
    return procedure(number, performedDateTime=f"2026-0{int(number) + 3}-01") | {"code": code}


def therapy(number: str, **elements: Any) -> dict[str, Any]:
    return procedure(number, THERAPY, **elements)


def weeks_of(found: Read) -> int | None:
    """Weeks of what was tried; None where nothing surely was."""
    item = found.one("span")
    return item["weeks"] if item["contacts"] else None


@pytest.mark.parametrize(
    ("status", "used"),
    [("completed", 1), ("in-progress", 1), ("unknown", 1), ("Completed", 1), ("not-done", 0), ("Not-Done", 0)]
    + [(name, 0) for name in ("entered-in-error", "preparation", "on-hold", "stopped")],
)
def test_only_what_was_done_counts(status: str, used: int) -> None:
    found = read(procedure(status=status, performedDateTime="2026-10-01"))
    assert len(found.of("procedure")) == used
    assert [gap.matters for gap in found.record.gaps] == [False] * (1 - used)


def test_one_fact_for_a_day_and_region_with_sides_joined() -> None:
    found = read(
        procedure("1", performedDateTime="2026-10-01", bodySite=[{"text": "left L5"}]),
        procedure("2", performedDateTime="2026-10-01T08:00:00Z", bodySite=[{"text": "right L5"}]),
        procedure("3", performedDateTime="2026-08-01"),
        procedure("4"),
    )
    made = {item["rank"]: (item["side"], item["level"], item["age_days"]) for item in found.of("procedure")}
    assert made == {0: ("bilateral", "L5", 52), 1: ("", "", 113), 2: ("", "", -1)}


def test_sessions_are_ranked_by_side_and_over_all_regions() -> None:
    found = read(
        procedure("1", performedDateTime="2026-11-01", bodySite=[{"text": "right L5"}]),
        procedure("2", CERVICAL, performedDateTime="2026-10-15", bodySite=[{"text": "left C6"}]),
        procedure("3", performedDateTime="2026-10-01", bodySite=[{"text": "left L5"}]),
        procedure("4", performedDateTime="2026-09-01", bodySite=[{"text": "lumbar, both sides"}]),
        procedure("5", bodySite=[{"text": "lumbar"}]),
    )
    names = ("rank", "rank_left", "rank_right", "rank_anywhere")
    lumbar = sorted(tuple(item[name] for name in names) for item in found.of("procedure", region="lumbar"))
    assert lumbar == [(0, -1, 0, 0), (1, 0, -1, 2), (2, 1, 1, 3), (3, 2, 2, 4)]
    assert [tuple(item[name] for name in names) for item in found.of("procedure", region="cervical")] == [(0, 0, -1, 1)]


def test_age_is_the_shortest_it_may_be() -> None:
    assert read(procedure(performedDateTime="2026-10")).one("procedure")["age_days"] == 22
    assert read(procedure(performedDateTime="2026-11")).one("procedure")["age_days"] == 0
    period = {"start": "2026-10-01", "end": "2026-10-03"}
    assert read(procedure(performedPeriod=period)).one("procedure")["age_days"] == 50
    assert read(procedure(performedPeriod={"start": "2026-10-01"})).one("procedure")["age_days"] == 52


def test_a_session_of_unknown_region_counts_in_every_region_it_may_have_been() -> None:
    found = read(
        procedure("1", CERVICAL, performedDateTime="2026-10-01"),
        procedure("2", performedDateTime="2026-09-01"),
        procedure("3", performedDateTime="2026-08-01", code=TRANSFORAMINAL) | {"code": {"text": "epidural injection"}},
    )
    counts = {item["region"]: item["count"] for item in found.of("count", window="year")}
    assert counts == {"cervical": 2, "thoracic": 2, "lumbar": 2}


def test_regions_that_count_together_count_each_others_sessions() -> None:
    together = need(COUNT | {"together": [["cervical", "thoracic"]]})
    done = [{"text": "thoracic transforaminal epidural"}, {"text": "lumbar transforaminal epidural"}]
    found = read(*(dated(str(n), code) for n, code in enumerate(done)), needs=(together,))
    assert {item["region"]: item["count"] for item in found.of("count", window="year")} == {
        "cervical": 1,
        "thoracic": 1,
        "lumbar": 1,
    }


def test_what_counts_anywhere_needs_no_region() -> None:
    anywhere = need(COUNT | {"anywhere": True})
    done = [{"text": "thoracic transforaminal epidural"}, {"text": "transforaminal epidural"}]
    found = read(*(dated(str(n), code) for n, code in enumerate(done)), needs=(anywhere,))
    assert found.one("count", window="year")["count"] == len(done)
    assert found.one("count", window="year")["region"] == ""
    assert not found.record.gaps


@pytest.mark.parametrize(
    ("days", "weeks"),
    [
        (["2026-10-01", "2026-11-12"], 6),
        (["2026-10-01", "2026-11-11"], 5),
        (["2026-11-12", "2026-10-15", "2026-10-01"], 6),
        (["2026-10-01"], 0),
        (["2026-10"], 0),
        (["2026-09", "2026-10"], 0),
        (["2026-08", "2026-10"], 4),
        (["2026"], None),
    ],
)
def test_weeks_of_therapy_are_those_that_surely_passed(days: list[str], weeks: int | None) -> None:
    """A contact some day in October is no month of therapy."""
    found = read(*(therapy(str(number), performedDateTime=day) for number, day in enumerate(days)))
    assert weeks_of(found) == weeks


@pytest.mark.parametrize(("day", "contacts"), [("2026-05-22", 2), ("2026-05-21", 1)])
def test_the_look_back_begins_on_its_first_day(day: str, contacts: int) -> None:
    assert LOOK_BACK_MONTHS == 6
    found = read(therapy("1", performedDateTime=day), therapy("2", performedDateTime="2026-11-01"))
    assert found.one("span")["contacts"] == contacts


def test_a_course_that_began_before_the_look_back_counts_from_there() -> None:
    found = read(therapy("1", performedPeriod={"start": "2026-01-01", "end": "2026-11-01"}))
    item = found.one("span")
    assert (item["weeks"], item["last_days"], item["contacts"]) == (23, 21, 1)


def test_a_course_that_goes_on_ends_today() -> None:
    found = read(therapy("1", performedPeriod={"start": "2026-10-01", "end": "2026-12-24"}))
    item = found.one("span")
    assert (item["weeks"], item["last_days"]) == (7, 0)


def drug(**elements: Any) -> dict[str, Any]:
    return resource(
        "MedicationStatement", **{"status": "active", "medicationCodeableConcept": coded(RXNORM, IBUPROFEN), **elements}
    )


@pytest.mark.parametrize(
    ("made", "weeks"),
    [
        (drug(effectivePeriod={"start": "2026-10-01"}), 7),
        (drug(effectivePeriod={"start": "2026-10-01"}, dateAsserted="2026-11-20"), 7),
        (drug(effectivePeriod={"start": "2026-10"}), 3),
        (drug(status="completed", effectivePeriod={"start": "2026-09-01", "end": "2026-10-13"}), 6),
        (drug(status="on-hold", effectivePeriod={"start": "2026-10-01"}), None),
        (drug(status="entered-in-error", effectivePeriod={"start": "2026-10-01"}), None),
        (drug(), None),
    ],
)
def test_a_course_of_a_drug_lasts_from_its_start(made: dict[str, Any], weeks: int | None) -> None:
    assert weeks_of(read(made)) == weeks


def test_what_must_not_be_given_is_no_course() -> None:
    base: dict[str, Any] = {"status": "active", "intent": "order", "authoredOn": "2026-10-01", "doNotPerform": True}
    made = resource("MedicationRequest", medicationCodeableConcept=coded(RXNORM, IBUPROFEN), **base)
    assert weeks_of(read(made)) is None


@pytest.mark.parametrize(
    ("onsets", "start", "bound"),
    [
        (["2026-10-01"], "2026-10-01", "onset"),
        (["2026-10"], "2026-10-01", "onset"),
        (["2026-10-01", "2026-08-01"], "2026-08-01", "onset"),
        (["2026-05-22"], "2026-05-22", "look-back"),
        (["2026-05-23"], "2026-05-23", "onset"),
        (["2020-01-01"], "2026-05-22", "look-back"),
        (["2026-10-01", None], "2026-10-01", "onset"),
        ([None], "2026-05-22", "look-back"),
        ([], "2026-05-22", "look-back"),
    ],
)
def test_contacts_count_from_the_onset_where_one_is_known(onsets: list[str | None], start: str, bound: str) -> None:
    asked = need({"span": SPANNED, "of": ["conservative-care"], "since": ["radicular-pain"]})
    needs = (*(item for item in NEEDS if not item.span), asked)
    ill = [
        resource("Condition", str(number), code=coded(ICD, "M54.16"), **({"onsetDateTime": day} if day else {}))
        for number, day in enumerate(onsets)
    ]
    found = read(*ill, therapy("1", performedDateTime="2026-05-22"), needs=needs).one("span")
    assert (found["start"], found["bound"]) == (start, bound)
    assert found["contacts"] == int(start == "2026-05-22")


@pytest.mark.parametrize(
    ("made", "listed"),
    [
        (drug(effectivePeriod={"start": "2024-01-01"}), "ibuprofen (2024-01-01)"),
        (drug(effectivePeriod={"start": "2024-01-01"}, dateAsserted="2026-11-01"), ""),
        (drug(effectivePeriod={"start": "2024-01-01"}, status="stopped"), ""),
        (drug(effectivePeriod={"start": "2024-01-01"}, status="on-hold"), ""),
    ],
)
def test_a_drug_still_called_active_after_long_silence_is_listed(made: dict[str, Any], listed: str) -> None:
    assert read(made).one("span")["listed"] == listed


def test_a_course_whose_end_is_past_counts_though_it_is_called_active() -> None:
    found = read(drug(effectivePeriod={"start": "2026-09-01", "end": "2026-10-13"})).one("span")
    assert (found["weeks"], found["kinds"], found["listed"]) == (6, "ibuprofen", "")


def test_a_visit_is_a_contact() -> None:
    visit = resource("Encounter", status="finished", type=[coded(CPT, THERAPY)], period={"start": "2026-10-01"}) | CLASS
    found = read(visit, therapy("2", performedDateTime="2026-11-12"))
    assert (found.one("span")["weeks"], found.one("span")["contacts"]) == (6, 2)
    cancelled = read({**visit, "status": "cancelled"})
    assert weeks_of(cancelled) is None
    assert not cancelled.gap("is cancelled").matters


def test_notes_of_procedures_are_read() -> None:
    found = read(procedure(performedDateTime="2026-10-01", note=[{"text": "Foot drop afterwards."}]))
    assert found.of("statement", where="note")
