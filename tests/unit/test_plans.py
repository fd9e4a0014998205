"""Open orders and appointments: planned once, on the right day; what is no plan is said, unless it says so itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.fhir.sent import Entry
from tests.support.plans import appointment, excluded, planned, request
from tests.support.reading import CPT, ORDER_STALE_DAYS, TODAY, coded, read

YESTERDAY, TOMORROW = "2026-11-21", "2026-11-23"


def answering(reference: str, number: str = "1", **elements: Any) -> dict[str, Any]:
    """An appointment that only its order says what it is for."""
    return appointment(number, serviceType=None, basedOn=[{"reference": reference}], **elements)


# --- orders


def test_an_open_order_is_a_plan() -> None:
    found = read(request(occurrenceDateTime="2026-12-01"))
    item = found.one("order")
    assert (item["concept"], item["region"], item["origin"]) == ("epidural-transforaminal", "lumbar", "scheduled")
    assert (item["date"], item["in_days"]) == ("2026-12-01", 9)
    (fact,) = [fact for fact in found.facts if fact.kind == "order"]
    said = "transforaminal epidural injection, scheduled, lumbar, for 2026-12-01"
    assert [tuple(source) for source in fact.sources] == [("ServiceRequest/ser1", said)]
    assert found.problems == []


@pytest.mark.parametrize("status", ["active", "on-hold", "Active", "ON-HOLD"])
def test_an_order_is_open_in_any_spelling(status: str) -> None:
    assert len(read(request(status=status)).of("order")) == 1


@pytest.mark.parametrize("status", ["completed", "revoked", "draft", "Completed"])
def test_an_order_that_is_closed_says_so_itself(status: str) -> None:
    found = read(request(status=status))
    assert found.of("order") == []
    assert found.problems == []


def test_an_order_entered_in_error_is_excluded_and_said() -> None:
    excluded(read(request(status="Entered-In-Error")), "is entered-in-error; not used")


@pytest.mark.parametrize("status", ["unknown", "made-up", None, 5])
def test_an_order_whose_state_nobody_knows_is_reported(status: Any) -> None:
    found = read(request(status=status))
    assert found.of("order") == []
    assert found.gap("does not say whether it is planned").matters


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"intent": "proposal"}, "is proposal; not taken as planned"),
        ({"intent": "Option"}, "is option; not taken as planned"),
        ({"doNotPerform": True}, "says not to do it"),
        ({"occurrenceDateTime": YESTERDAY}, "was planned for 2026-11-21, which is over"),
        ({"occurrenceDateTime": "2026-10"}, "was planned for 2026-10-31, which is over"),
        ({"occurrencePeriod": {"start": "2026-10-01", "end": YESTERDAY}}, "was planned for 2026-11-21, which is over"),
    ],
    ids=str,
)
def test_what_is_not_to_be_done_or_over_is_excluded_and_said(elements: dict[str, Any], words: str) -> None:
    excluded(read(request(**elements)), words)


@pytest.mark.parametrize(
    ("elements", "date"),
    [
        ({"occurrenceDateTime": "2026-11-22"}, "2026-11-22"),
        ({"occurrenceDateTime": "2026-11"}, "2026-11-01"),
        ({"occurrencePeriod": {"start": "2026-10-01", "end": "2026-11-22"}}, "2026-10-01"),
        ({"intent": "plan"}, ""),
        ({"intent": "original-order"}, ""),
        ({"intent": None}, ""),
        ({"doNotPerform": False}, ""),
        ({"occurrenceDateTime": "soon"}, ""),
    ],
    ids=str,
)
def test_what_may_still_come_is_planned(elements: dict[str, Any], date: str) -> None:
    assert read(request(**elements)).one("order")["date"] == date


@pytest.mark.parametrize(("days", "is_plan"), [(0, True), (ORDER_STALE_DAYS, True), (ORDER_STALE_DAYS + 1, False)])
def test_an_order_without_a_date_counts_while_it_is_young(days: int, is_plan: bool) -> None:
    written = (TODAY - timedelta(days=days)).isoformat()
    found = read(request(authoredOn=written))
    if is_plan:
        assert planned(found) == [("", -1)]
        assert found.problems == []
    else:
        excluded(found, f"open since {written} without a date; not taken as planned")
    assert planned(read(request(authoredOn=written, occurrenceDateTime=TOMORROW))) == [(TOMORROW, 1)]


def test_an_order_without_any_date_is_a_plan() -> None:
    assert planned(read(request(authoredOn=None))) == [("", -1)]


def test_an_order_for_something_else_or_somebody_else_is_none() -> None:
    assert read(request(code={"text": "Chest X-ray"}, status="unknown")).problems == []
    found = read(request(subject={"reference": "Patient/p2"}))
    assert found.of("order") == []
    assert found.gap("another patient").matters


# --- an order and its appointment


@pytest.mark.parametrize(
    "reference",
    [
        "ServiceRequest/ser1",
        "ServiceRequest/ser1/_history/3",
        "https://ehr.example.org/fhir/ServiceRequest/ser1",
        "urn:uuid:order",
    ],
)
def test_an_order_takes_the_day_of_its_appointment_and_both_are_one(reference: str) -> None:
    order = Entry(request(bodySite=[{"text": "left L5"}], occurrenceDateTime="2026-12-24"), "urn:uuid:order")
    for made in (answering(reference), appointment(basedOn=[{"reference": reference}])):
        for both in ((order, made), (made, order)):
            item = read(*both).one("order")
            assert (item["date"], item["side"], item["level"]) == ("2026-12-01", "left", "L5")


def test_an_order_takes_the_day_of_the_first_of_its_appointments() -> None:
    early, late = answering("ServiceRequest/ser1"), answering("ServiceRequest/ser1", "2", start="2027-01-05T09:00:00Z")
    for both in ((early, late), (late, early)):
        assert planned(read(request(), *both)) == [("2026-12-01", 9)]


def test_an_appointment_outlives_its_order() -> None:
    """Some systems complete an order when it is booked."""
    for status in ("completed", "revoked", "unknown"):
        assert planned(read(request(status=status), answering("ServiceRequest/ser1"))) == [("2026-12-01", 9)]


def test_an_order_outlives_its_appointment() -> None:
    for gone in ({"status": "cancelled"}, {"start": "2026-11-01T09:00:00Z"}, {"start": None}):
        assert planned(read(request(), answering("ServiceRequest/ser1", **gone))) == [("", -1)]


def test_an_appointment_makes_an_old_order_a_plan() -> None:
    assert planned(read(request(authoredOn="2024-01-01"), answering("ServiceRequest/ser1"))) == [("2026-12-01", 9)]


@pytest.mark.parametrize(
    "based", [[{"reference": "ServiceRequest/gone"}], [{}], [{"display": "x"}], [5], 5, {}], ids=str
)
def test_an_appointment_based_on_nothing_known_stands_alone(based: Any) -> None:
    found = read(request(), appointment(basedOn=based))
    assert sorted(planned(found)) == [("", -1), ("2026-12-01", 9)]


# --- what is drafted already


def test_a_draft_and_a_plan_of_one_thing_and_region_are_one() -> None:
    draft = request("d", status="draft")
    found = read(request(note=[{"text": "with IV sedation"}]), orders=[draft])
    assert [item["origin"] for item in found.of("order")] == ["order"]
    assert found.of("statement", set="order-details") == []


def test_a_draft_without_a_day_does_not_hide_the_day_that_is_booked() -> None:
    draft = request("d", status="draft")
    found = read(request(), appointment(), orders=[draft])
    assert sorted((item["origin"], item["date"] != "") for item in found.of("order")) == [
        ("order", False),
        ("scheduled", True),
    ]


def test_a_draft_says_nothing_against_a_plan_of_another_thing_or_region() -> None:
    draft = request("d", status="draft")
    for other in (coded(CPT, "64493"), {"text": "C6 transforaminal epidural"}):
        found = read(request(code=other), orders=[draft])
        assert sorted(item["origin"] for item in found.of("order")) == ["order", "scheduled"]


def test_the_draft_itself_in_the_record_is_no_second_order() -> None:
    """Whatever it says there: it may be drafted anew."""
    found = read(request("d", code=coded(CPT, "64493")), orders=[request("d")])
    assert [(item["concept"], item["origin"]) for item in found.of("order")] == [("epidural-transforaminal", "order")]


@pytest.mark.parametrize("reference", ["ServiceRequest/serd", "https://ehr.example.org/fhir/ServiceRequest/serd"])
def test_an_appointment_for_the_draft_is_no_second_order(reference: str) -> None:
    booked = appointment(serviceType=[coded(CPT, "64493")], basedOn=[{"reference": reference}])
    assert [item["origin"] for item in read(booked, orders=[request("d")]).of("order")] == ["order"]
    assert len(read(booked, orders=[request("e")]).of("order")) == 2


def test_two_plans_are_two() -> None:
    found = read(request("1"), request("2", code=coded(CPT, "64493")), appointment(start="2026-12-09T09:00:00Z"))
    assert len(found.of("order", origin="scheduled")) == 3


def test_no_junk_stops_the_reading() -> None:
    junks: list[Any] = [5, "x", [], {}, [5], [[]], [{"coding": 5}], True]
    for junk in junks:
        made = [appointment(**{name: junk}) for name in ("status", "start", "serviceType", "reasonCode", "comment")]
        made += [request(**{name: junk}) for name in ("status", "intent", "code", "note", "orderDetail", "bodySite")]
        for item in made:
            assert read(item).of("hook"), item
