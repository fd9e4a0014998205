"""Export and report: what is joined, what is counted, and what a spreadsheet may not run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.caller import Caller
from service.store.export import COLUMNS, SIX, lines, write_csv, write_ndjson
from service.store.kept import Store
from service.store.report import report
from service.store.told import Days
from tests.support.kept import CALLER, CARD, NOW, OFFER, call, card, told


def exported(store: Store, days: Days = Days()) -> list[dict[str, Any]]:  # noqa: B008
    with store.database.reading() as connection:
        return list(lines(connection, store.shelf, days))


def reported(store: Store, days: Days = Days()) -> dict[str, Any]:  # noqa: B008
    with store.database.reading() as connection:
        return report(connection, days).as_json()


def kept(store: Store, *calls: Any) -> None:
    for item in calls:
        store.record(item)
    store.writer.settle()


def tell(store: Store, *items: Any, caller: Caller = CALLER) -> None:
    store.feedback("spine-orders", caller, items)


def test_an_export_has_the_six_fields_and_what_they_are_about(store: Store) -> None:
    made = call(card(CARD, "safety/a", "safety/b"))
    kept(store, made)
    tell(store, told(reason_code="agreed", reason_display="Agreed", comment="Rang her", minutes=5))
    (line,) = exported(store)
    assert tuple(line)[:6] == SIX
    assert tuple(line) == COLUMNS
    kind, _, user_hash = line["user"].partition(" ")
    site, _, location_hash = line["location"].partition(" ")
    assert (kind, len(user_hash), site, len(location_hash)) == ("Practitioner", 64, "north", 64)
    assert line["intervention"] == "safety/a hold; safety/b hold"
    assert line["action_taken"] == "overridden"
    assert line["user_feedback"] == "agreed | Agreed | Rang her"
    assert line["date"] == "2026-11-22T09:05:00Z"
    assert line["rules"] == ["safety/a", "safety/b"]
    assert (line["known"], line["content_version"], line["hook"]) == (True, "1+abc", "order-sign")
    assert (line["evaluation"], line["hook_instance"]) == (str(made.evaluation), made.hook_instance)


def test_an_accepted_suggestion_is_named(store: Store) -> None:
    kept(store, call(card()))
    other = str(uuid4())
    tell(store, told(outcome="accepted", suggestions=(OFFER,)), told(outcome="accepted", suggestions=(other,)))
    assert {line["action_taken"] for line in exported(store)} == {f"accepted: {other}", "accepted: Draft it"}


def test_J4_an_unknown_card_is_kept_and_marked(store: Store) -> None:
    tell(store, told("no uuid at all"))
    (line,) = exported(store)
    assert (line["known"], line["intervention"], line["user"]) == (False, "unknown card", "")
    assert "no uuid" not in json.dumps(line)
    assert reported(store) == {"rules": [], "unknown_cards": 1}


def test_J4_feedback_that_comes_before_its_card_is_joined_when_the_card_is_written(store: Store) -> None:
    tell(store, told())
    assert not exported(store)[0]["known"]
    kept(store, call(card()))
    assert exported(store)[0]["known"]
    assert reported(store)["unknown_cards"] == 0


def test_a_card_shown_to_one_caller_is_unknown_to_another(store: Store) -> None:
    kept(store, call(card()))
    tell(store, told(), caller=Caller("https://other.example"))
    assert not exported(store)[0]["known"]
    (rule,) = reported(store)["rules"]
    assert (rule["shown"], rule["overridden"]) == (1, 0)


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (Days(date(2026, 11, 22), date(2026, 11, 22)), 2),
        (Days(date(2026, 11, 22)), 3),
        (Days(None, date(2026, 11, 22)), 3),
        (Days(date(2026, 11, 23)), 1),
        (Days(None, date(2026, 11, 21)), 1),
        (Days(), 4),
    ],
)
def test_days_are_whole_and_both_ends_count(store: Store, days: Days, found: int) -> None:
    first = datetime(2026, 11, 22, tzinfo=UTC)
    day = timedelta(days=1)
    moment = timedelta(microseconds=1)
    tell(store, *(told(at=time) for time in (first - moment, first, first + day - moment, first + day)))
    assert len(exported(store, days)) == found


def test_both_formats_say_the_same(store: Store) -> None:
    kept(store, call(card()))
    tell(store, told(comment='a, "b"\nc'), told(uuid4()))
    found = exported(store)
    text, table = io.StringIO(), io.StringIO(newline="")
    assert write_ndjson(iter(found), text) == write_csv(iter(found), table) == 2
    assert [json.loads(line) for line in text.getvalue().splitlines()] == found
    rows = list(csv.DictReader(io.StringIO(table.getvalue(), newline="")))
    assert [row["card"] for row in rows] == [line["card"] for line in found]
    assert [row["user_feedback"] for row in rows] == [line["user_feedback"] for line in found]
    assert set(rows[0]) == set(COLUMNS)


def test_an_empty_export_still_has_its_header() -> None:
    table = io.StringIO(newline="")
    assert write_csv([], table) == 0
    assert table.getvalue().strip().split(",") == list(COLUMNS)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
)
def test_a_spreadsheet_runs_nothing(sqlite_store: Store, text: str) -> None:
    store = sqlite_store
    tell(store, told(comment=text), caller=Caller(text, "", text))
    table = io.StringIO(newline="")
    write_csv(exported(store), table)
    (row,) = csv.DictReader(io.StringIO(table.getvalue(), newline=""))
    assert row["user_feedback"] == row["issuer"] == row["tenant"] == f"'{text}"


# The report


def of(store: Store, rule: str = "safety/a") -> tuple[int, int, int]:
    (found,) = [item for item in reported(store)["rules"] if item["rule"] == rule]
    return found["shown"], found["accepted"], found["overridden"]


def test_a_card_counts_for_each_of_its_rules_once(store: Store) -> None:
    kept(store, call(card(CARD, "safety/a", "safety/b", "safety/a"), card(uuid4(), "safety/a")))
    tell(store, told())
    assert of(store, "safety/a") == (2, 0, 1)
    assert of(store, "safety/b") == (1, 0, 1)


def test_what_was_told_last_counts_whenever_it_comes(store: Store) -> None:
    kept(store, call(card()))
    tell(store, told(outcome="accepted", minutes=10))
    tell(store, told(minutes=5), told(minutes=9))
    assert of(store) == (1, 1, 0)
    tell(store, told(minutes=11))
    assert of(store) == (1, 0, 1)


def test_at_the_same_moment_an_acceptance_and_then_a_reason_goes_before(store: Store) -> None:
    kept(store, call(card(CARD)), call(card(other := uuid4())))
    tell(store, told(outcome="accepted"), told())
    tell(store, told(other), told(other, comment="c"), told(other, reason_code="r"))
    assert of(store) == (2, 1, 1)
    assert reported(store)["rules"][0]["reasons"] == {"r": 1}


def test_reasons_are_counted_and_so_is_their_absence(store: Store) -> None:
    cards = [uuid4() for _ in range(4)]
    kept(store, call(*(card(uuid) for uuid in cards)))
    tell(store, told(cards[0], reason_code="r"), told(cards[1], reason_code="r", comment="c"))
    tell(store, told(cards[2], comment="c"), told(cards[3]))
    reasons = reported(store)["rules"][0]["reasons"]
    assert list(reasons.items()) == [("r", 2), ("a comment only", 1), ("no reason given", 1)]


def test_months_are_those_in_which_a_card_was_shown(store: Store) -> None:
    december = datetime(2026, 12, 1, tzinfo=UTC)
    november = december - timedelta(microseconds=1)
    kept(store, call(card(CARD), time=november), call(card(uuid4()), time=december))
    tell(store, told(at=december + timedelta(days=400)))
    (rule,) = reported(store)["rules"]
    months = [(month["month"], month["shown"], month["overridden"]) for month in rule["months"]]
    assert months == [("2026-11", 1, 1), ("2026-12", 1, 0)]
    (rule,) = reported(store, Days(date(2026, 12, 1)))["rules"]
    assert (rule["shown"], rule["overridden"]) == (1, 0)
    assert december > NOW
