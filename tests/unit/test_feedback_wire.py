"""Feedback as sent: strict where the standard demands, tolerant of what it does not name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import BodyTooLarge, MalformedRequest
from service.hooks.feedback import LONGEST_COMMENT, MOST_ITEMS, instant, read
from service.store.records import FeedbackItem

CARD = "f6b95768-b1c8-40dc-8385-bf3504b82ffb"
OVERRIDDEN = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-22T09:00:00Z"}
ACCEPTED = OVERRIDDEN | {"outcome": "accepted", "acceptedSuggestions": [{"id": "s"}]}
REASON = {"code": "c", "system": "http://s"}


def one(item: Any) -> tuple[list[FeedbackItem], list[str]]:
    return read({"feedback": [item]})


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(OVERRIDDEN, id="overridden without a reason"),
        pytest.param(ACCEPTED, id="accepted with a suggestion"),
        pytest.param(OVERRIDDEN | {"overrideReason": {"reason": REASON}}, id="a reason without display"),
        pytest.param(OVERRIDDEN | {"overrideReason": {"userComment": "no"}}, id="a comment without reason"),
        pytest.param(OVERRIDDEN | {"overrideReason": None, "acceptedSuggestions": None}, id="nulls"),
        pytest.param(OVERRIDDEN | {"acceptedSuggestions": []}, id="overridden with no suggestion accepted"),
        pytest.param(OVERRIDDEN | {"later": [1], "extension": {"a": 1}}, id="fields that nobody knows"),
        pytest.param(OVERRIDDEN | {"card": "not-a-uuid"}, id="a card that is no uuid, as version 2 allows"),
        pytest.param(OVERRIDDEN | {"overrideReason": {"userComment": "x" * LONGEST_COMMENT}}, id="the longest comment"),
    ],
)
def test_J2_J3_what_the_standard_allows_is_read(item: Any) -> None:
    items, faults = one(item)
    assert (len(items), faults) == (1, [])


@pytest.mark.parametrize(
    ("item", "told"),
    [
        pytest.param("text", "must be an object", id="not an object"),
        pytest.param({}, "card is missing; outcome is missing; outcomeTimestamp is missing", id="nothing in it"),
        pytest.param(OVERRIDDEN | {"card": ""}, "card", id="an empty card"),
        pytest.param(OVERRIDDEN | {"card": 7}, "card must be a text", id="a card that is a number"),
        pytest.param(OVERRIDDEN | {"outcome": "ignored"}, "outcome", id="ignored is no outcome"),
        pytest.param(OVERRIDDEN | {"outcome": "Accepted"}, "outcome", id="outcome in another case"),
        pytest.param(ACCEPTED | {"acceptedSuggestions": []}, "cds-fb-2", id="accepted nothing"),
        pytest.param(OVERRIDDEN | {"outcome": "accepted"}, "cds-fb-2", id="accepted without saying what"),
        pytest.param(ACCEPTED | {"acceptedSuggestions": [{}]}, "id is missing", id="a suggestion without id"),
        pytest.param(OVERRIDDEN | {"overrideReason": {}}, "cds-fb-3", id="a reason that says nothing"),
        pytest.param(OVERRIDDEN | {"overrideReason": {"userComment": " "}}, "cds-fb-3", id="a blank comment"),
        pytest.param(
            OVERRIDDEN | {"overrideReason": {"reason": {"code": "c"}}}, "system is missing", id="a code of no system"
        ),
        pytest.param(
            OVERRIDDEN | {"overrideReason": {"userComment": "x" * (LONGEST_COMMENT + 1)}},
            "at most",
            id="a comment too long",
        ),
    ],
)
def test_J2_J3_what_the_standard_forbids_is_named(item: Any, told: str) -> None:
    items, (fault,) = one(item)
    assert not items
    assert fault.startswith("feedback[0]: ")
    assert told in fault


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T09:00:00Z", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22t09:00:00z", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22T09:00:00.123456789Z", datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-22T09:00:00+05:30", datetime(2026, 11, 22, 3, 30, tzinfo=UTC)),
        ("2026-11-22T09:00:00-05:00", datetime(2026, 11, 22, 14, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_J2_every_form_of_an_instant_is_read_as_utc(text: str, moment: datetime) -> None:
    assert instant(text) == moment
    assert instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T09:00:00",
        "2026-11-22T09:00Z",
        "2026-11-22 09:00:00Z",
        "2026-02-30T09:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T09:00:00+99:99",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٦-11-22T09:00:00Z",
        "now",
        "",
    ],
)
def test_J2_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|calendar"):
        instant(text)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"feedback": None}, {"feedback": OVERRIDDEN}, OVERRIDDEN])
def test_J1_J5_anything_but_an_object_with_an_array_is_refused(body: Any) -> None:
    with pytest.raises(MalformedRequest, match="array `feedback`"):
        read(body)


def test_J4_a_batch_has_a_bound() -> None:
    assert len(read({"feedback": [OVERRIDDEN] * MOST_ITEMS})[0]) == MOST_ITEMS
    with pytest.raises(BodyTooLarge):
        read({"feedback": [OVERRIDDEN] * (MOST_ITEMS + 1)})


def test_faults_quote_nothing_that_was_sent() -> None:
    secret = "Jane-Doe-0815"
    bad = {"card": [secret], "outcome": secret, "outcomeTimestamp": secret, "overrideReason": secret}
    _, faults = read({"feedback": [bad, bad | {"overrideReason": {"reason": {"code": secret, "system": 1}}}]})
    assert len(faults) == 2
    assert secret not in "".join(faults)


def test_all_that_was_said_is_taken_over() -> None:
    reason = {"reason": REASON | {"display": "d"}, "userComment": "u"}
    (item,), _ = one(ACCEPTED | {"overrideReason": reason})
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert item == FeedbackItem(CARD, "accepted", at, ("s",), "http://s", "c", "d", "u")
