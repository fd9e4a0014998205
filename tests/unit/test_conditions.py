"""Conditions: which count, since when, where; and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import ICD, SNOMED, coded, read, resource

RADICULAR = coded(ICD, "M54.16")


def condition(number: str = "1", **elements: Any) -> dict[str, Any]:
    return resource("Condition", number, **{"code": RADICULAR, **elements})


def status(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


@pytest.mark.parametrize(
    ("clinical", "active"),
    [
        ({}, 1),
        (status("active"), 1),
        (status("recurrence"), 1),
        (status("relapse"), 1),
        (status("made-up"), 1),
        (status("inactive"), 0),
        (status("remission"), 0),
        (status("resolved"), 0),
        (status("Resolved"), 0),
        ({"text": "Resolved"}, 0),
        ("resolved", 0),
        ("active", 1),
    ],
    ids=str,
)
def test_what_is_over_is_over_in_every_spelling(clinical: Any, active: int) -> None:
    assert read(condition(clinicalStatus=clinical)).one("condition")["active"] == active


@pytest.mark.parametrize(
    ("abated", "clinical", "active"),
    [
        ("2026-11-22", None, 0),
        ("2026-11-23", None, 1),
        ("2026-11", None, 1),
        ("2026-10", None, 0),
        ("2026-10", status("active"), 1),
    ],
)
def test_an_abatement_counts_where_no_status_speaks(abated: str, clinical: Any, active: int) -> None:
    made = condition(abatementDateTime=abated, clinicalStatus=clinical)
    assert read(made).one("condition")["active"] == active


@pytest.mark.parametrize("verification", ["entered-in-error", "refuted", "Refuted"])
def test_what_was_never_true_is_excluded_and_said(verification: str) -> None:
    found = read(condition(verificationStatus=status(verification), note=[{"text": "Foot drop."}]))
    assert found.of("condition") == found.of("statement") == []
    gap = found.gap("verificationStatus")
    assert (gap.kind, gap.problem, gap.matters) == ("excluded", f"is {verification.lower()}; not used", False)


@pytest.mark.parametrize(
    ("verification", "confirmed"),
    [("confirmed", 1), ("unconfirmed", 0), ("provisional", 0), ("differential", 0), ("suspected", 0), (None, 1)],
)
def test_what_is_not_confirmed_says_so(verification: str | None, confirmed: int) -> None:
    made = condition(verificationStatus=status(verification) if verification else None)
    assert read(made).one("condition")["confirmed"] == confirmed


def test_the_longest_documented_duration_counts_and_recording_stands_in_for_onset() -> None:
    found = read(
        condition("1", onsetDateTime="2026-11-12"),
        condition("2", onsetPeriod={"start": "2026-10-23"}),
        condition("3", recordedDate="2026-11-21"),
        condition("4"),
    )
    assert found.one("condition")["onset_days"] == 30
    assert read(condition(recordedDate="2026-11-21")).one("condition")["onset_days"] == 1
    assert read(condition(onsetDateTime="2027-01-01")).one("condition")["onset_days"] == -1


def test_sides_join_and_a_code_without_region_joins_the_one_that_is_named() -> None:
    found = read(
        condition("1", bodySite=[{"text": "left"}]),
        condition("2", code=coded(ICD, "M54.10")),
        condition("3", bodySite=[{"text": "right"}]),
    )
    item = found.one("condition")
    assert (item["region"], item["side"]) == ("lumbar", "bilateral")
    two = read(condition("1"), condition("2", code=coded(ICD, "M54.12")), condition("3", code=coded(ICD, "M54.10")))
    assert sorted(item["region"] for item in two.of("condition")) == ["", "cervical", "lumbar"]


def test_past_and_present_are_two_facts() -> None:
    found = read(condition("1"), condition("2", clinicalStatus=status("resolved")))
    assert sorted(item["active"] for item in found.of("condition")) == [0, 1]


def test_level_and_side_come_from_body_site_codes_and_words() -> None:
    site = {"coding": [{"system": SNOMED, "code": "122496007"}, {"system": SNOMED, "code": "7771000"}], "text": "L5"}
    item = read(condition(bodySite=[site])).one("condition")
    assert (item["region"], item["side"], item["level"]) == ("lumbar", "left", "L5")


def test_a_code_that_contradicts_its_body_site_is_used_and_reported() -> None:
    found = read(condition(bodySite=[{"text": "cervical spine"}]))
    assert found.one("condition")["region"] == "lumbar"
    gap = found.gap("body site or words say cervical")
    assert (gap.kind, gap.matters) == ("contradiction", True)


def test_words_add_what_the_code_does_not_say() -> None:
    found = read(condition(code=coded(ICD, "M54.16", "Lumbar radiculopathy with left foot drop")))
    assert {"radicular-pain", "foot-drop"} & set(found.concepts("condition")) == {"radicular-pain"} or found.of(
        "condition", set="motor-deficit"
    )
    assert found.of("condition", set="motor-deficit", via="text")


def test_a_condition_of_no_interest_is_nothing_to_speak_of() -> None:
    found = read(condition(code=coded(ICD, "J45.909", "Asthma")))
    assert found.of("condition") == []
    assert found.problems == []


@pytest.mark.parametrize(
    ("elements", "known", "days"),
    [
        ({"onsetDateTime": "2026-11-12"}, 1, 10),
        ({"onsetDateTime": "2026-11-12", "recordedDate": "2026-01-01"}, 1, 10),
        ({"onsetPeriod": {"start": "2026-11-12"}}, 1, 10),
        ({"recordedDate": "2026-11-12"}, 0, 10),
        ({"onsetDateTime": "long ago", "recordedDate": "2026-11-12"}, 0, 10),
        ({}, 0, -1),
    ],
    ids=str,
)
def test_an_onset_is_known_only_where_one_was_given(elements: dict[str, Any], known: int, days: int) -> None:
    item = read(condition(**elements)).one("condition")
    assert (item["onset_known"], item["onset_days"]) == (known, days)


@pytest.mark.parametrize(
    ("onsets", "most"),
    [
        (["2026-11-12"], 10),
        (["2026-11"], 21),
        (["2026"], 325),
        (["2026-11-12", "2026-10-13"], 40),
        (["2026-11-12", None], 10),
        (["2026-11-21", None], -1),
        ([None], -1),
    ],
)
def test_it_can_have_lasted_no_longer_than_since_the_first_day_that_every_onset_may_mean(
    onsets: list[str | None], most: int
) -> None:
    made = [
        condition(str(number), recordedDate="2026-11-20", **({"onsetDateTime": day} if day else {}))
        for number, day in enumerate(onsets)
    ]
    assert read(*made).one("condition")["onset_most"] == most


def test_one_entry_with_an_onset_is_enough() -> None:
    made = condition("1", recordedDate="2026-01-01"), condition("2", onsetDateTime="2026-11-12")
    for both in (made, made[::-1]):
        assert read(*both).one("condition")["onset_known"] == 1
