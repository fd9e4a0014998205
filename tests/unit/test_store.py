"""What is kept, on both databases: rows, hashes, feedback told again and differently, retention, tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from service.caller import Caller
from service.errors import StoreUnavailable
from service.store.evaluations import evaluation_row
from service.store.kept import Store
from service.store.keys import Keys
from service.store.models import Base, Card, Evaluation, Feedback, Finding, SeenToken
from service.store.retention import Pruned
from service.store.seen_tokens import SeenTokens
from tests.support.databases import Opened, new_database
from tests.support.kept import CALLER, CARD, NOW, OFFER, call, card, told

KEYS = Keys(b"one key of one installation, long enough")


def rows(store: Store, table: type[Base]) -> list[dict[str, Any]]:
    with store.database.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(*table.__table__.columns))]


def count(store: Store, table: type[Base]) -> int:
    with store.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def kept(store: Store, *calls: Any) -> None:
    for item in calls:
        store.record(item)
    store.writer.settle()


def test_a_call_is_kept_with_all_that_its_cards_showed(store: Store) -> None:
    made = call(card(CARD, "safety/a", "safety/b"), card(uuid4(), "procedures/c"))
    kept(store, made)
    (evaluation,) = rows(store, Evaluation)
    hashed = {name: value for name, value in evaluation.items() if name.endswith("_hash")}
    assert all(len(value) == 64 for value in hashed.values())
    assert {name: value for name, value in evaluation.items() if name not in hashed} == {
        "id": made.evaluation,
        "time": NOW,
        "service": "spine-orders",
        "hook": "order-sign",
        "hook_instance": UUID(made.hook_instance),
        "issuer": "https://ehr.example",
        "tenant": "north",
        "user_type": "Practitioner",
        "status": 200,
        "word": "answered",
        "milliseconds": 12.5,
        "content_version": "1+abc",
        "read": {"patient": {"state": "complete", "count": 1}},
        "policies": ["clinic-default"],
        "cards_by_kind": {"safety-alert": 2},
    }
    first, second = sorted(rows(store, Card), key=lambda row: row["place"])
    assert (first["id"], first["suggestions"]) == (CARD, [{"uuid": OFFER, "label": "Draft it"}])
    assert first["evaluation_id"] == second["evaluation_id"] == made.evaluation
    findings = [(row["card_id"], row["place"], row["rule"]) for row in rows(store, Finding)]
    assert sorted(findings, key=lambda item: item[2]) == [
        (second["id"], 0, "procedures/c"),
        (CARD, 0, "safety/a"),
        (CARD, 1, "safety/b"),
    ]
    assert rows(store, Finding)[0]["values"] == [{"name": "hold_days", "value": 3, "unit": "d", "status": "recalled"}]


def test_a_refused_call_is_kept_without_cards(store: Store) -> None:
    kept(store, call(status=412, word="needed-data-missing", patient="", user=""))
    (evaluation,) = rows(store, Evaluation)
    assert (evaluation["status"], evaluation["word"], evaluation["cards_by_kind"]) == (412, "needed-data-missing", {})
    assert (evaluation["patient_hash"], evaluation["user_hash"], evaluation["user_type"]) == ("", "", "")


def test_one_bad_record_does_not_cost_the_others(store: Store) -> None:
    twice = call(card())
    kept(store, twice, twice, call(), call())
    assert count(store, Evaluation) == 3
    assert store.state() == "ok"


def test_a_hash_joins_one_person_at_one_site_and_nobody_else() -> None:
    def of(keys: Keys = KEYS, **changes: Any) -> tuple[str, str]:
        row = evaluation_row(call(**changes), keys)
        return row["patient_hash"], row["user_hash"]

    assert of() == of(hook="patient-view", encounter="other")
    assert of()[0] != of(patient="p-2")[0]
    assert of()[1] != of(user="Practitioner/u-2")[1]
    elsewhere = of(caller=Caller("https://ehr.example", "ehr", "south"))
    assert not set(of()) & set(elsewhere)
    assert not set(of()) & set(of(Keys(b"another installation's key, also long")))
    same = evaluation_row(call(patient="x", user="x", encounter="x", location="x"), KEYS)
    assert len({same[f"{kind}_hash"] for kind in ("patient", "user", "encounter", "location")}) == 4


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ("Practitioner/7", "Practitioner"),
        ("PractitionerRole/7", "PractitionerRole"),
        ("https://ehr.example/fhir/Patient/7", "Patient"),
        ("RelatedPerson/7", "RelatedPerson"),
        ("Jane Doe", ""),
        ("Doe/7", ""),
    ],
)
def test_of_a_user_only_a_known_type_is_clear(user: str, kind: str) -> None:
    assert evaluation_row(call(user=user), KEYS)["user_type"] == kind


def test_a_hook_instance_that_is_no_uuid_is_hashed() -> None:
    row = evaluation_row(call(hook_instance="Jane Doe"), KEYS)
    assert isinstance(row["hook_instance"], UUID)
    assert row["hook_instance"] == KEYS.uuid("Jane Doe") != Keys(b"x" * 40).uuid("Jane Doe")


def test_words_are_encrypted_and_only_their_key_opens_them() -> None:
    sealed = KEYS.sealed("Jane Doe")
    assert "Jane" not in sealed
    assert KEYS.opened(sealed) == "Jane Doe"
    assert Keys(b"another installation's key, also long").opened(sealed) is None


# Feedback


def tell(store: Store, *items: Any, caller: Caller = CALLER) -> tuple[int, int]:
    stored = store.feedback("spine-orders", caller, items)
    return stored.stored, stored.repeated


def test_J4_told_again_it_is_kept_once(store: Store) -> None:
    assert tell(store, told(), told()) == (1, 1)
    assert tell(store, told()) == (0, 1)
    assert count(store, Feedback) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(told(outcome="accepted"), id="outcome"),
        pytest.param(told(minutes=1), id="time"),
        pytest.param(told(comment="x"), id="comment"),
        pytest.param(told(reason_code="x"), id="code"),
        pytest.param(told(reason_system="x"), id="system"),
        pytest.param(told(reason_display="x"), id="display"),
        pytest.param(told(uuid4()), id="card"),
    ],
)
def test_J4_told_differently_it_is_kept_beside(store: Store, other: Any) -> None:
    assert tell(store, told()) == (1, 0)
    assert tell(store, other) == (1, 0)
    assert count(store, Feedback) == 2


def test_J4_the_order_of_suggestions_and_the_spelling_of_a_uuid_are_no_difference(store: Store) -> None:
    one, two = str(uuid4()), str(uuid4())
    tell(store, told(outcome="accepted", suggestions=(one, two)))
    again = told(str(CARD).upper(), outcome="accepted", suggestions=(two, one.upper(), two))
    assert tell(store, again) == (0, 1)


def test_two_callers_who_say_the_same_are_two(store: Store) -> None:
    assert tell(store, told()) == (1, 0)
    assert tell(store, told(), caller=Caller("https://other.example")) == (1, 0)


def test_feedback_is_kept_as_told(store: Store) -> None:
    tell(store, told(outcome="accepted", reason_system="s", reason_code="c", reason_display="d", comment="u"))
    (row,) = rows(store, Feedback)
    assert (row["card_id"], row["outcome"], row["at"], row["suggestions"]) == (CARD, "accepted", NOW, [OFFER])
    assert (row["reason_system"], row["reason_code"], row["commented"]) == ("s", "c", True)
    assert store.shelf.words(row["words"]) == {"display": "d", "comment": "u"}
    assert (row["issuer"], row["tenant"]) == ("https://ehr.example", "north")


def test_comments_need_not_be_kept(database_url: str, opened: Opened) -> None:
    store = opened(database_url, keep_comments=False)
    tell(store, told(comment="Jane Doe", reason_display="d"))
    assert tell(store, told(comment="John Doe", reason_display="d")) == (1, 0)
    for row in rows(store, Feedback):
        assert row["commented"]
        assert store.shelf.words(row["words"]) == {"display": "d"}


def test_texts_that_a_database_cannot_hold_are_held_without_it(store: Store) -> None:
    odd = "a\0b\ud800c"
    caller = Caller("https://ehr.example", "", odd)
    assert tell(store, told(reason_code=odd, reason_display=odd, comment=odd), caller=caller) == (1, 0)
    (row,) = rows(store, Feedback)
    assert row["reason_code"] == row["tenant"] == "ab?c"
    assert json.dumps(store.shelf.words(row["words"])).encode()
    kept(store, call(caller=caller, user=odd, hook_instance=odd))
    assert count(store, Evaluation) == 1


# Retention


def test_what_is_older_than_allowed_is_deleted_and_no_younger(database_url: str, opened: Opened) -> None:
    clock = {"now": NOW}
    store = opened(database_url, clock=lambda: clock["now"], keep_days=30)
    at_the_edge, a_moment_older = NOW, NOW - timedelta(microseconds=1)
    kept(store, call(card(), time=at_the_edge), call(card(uuid4()), time=a_moment_older))
    tell(store, told(uuid4()))
    clock["now"] = NOW + timedelta(days=30)
    assert store.prune() == Pruned(evaluations=1, feedback=0)
    assert [row["time"] for row in rows(store, Evaluation)] == [at_the_edge]
    assert (count(store, Card), count(store, Finding), count(store, Feedback)) == (1, 1, 1)
    clock["now"] += timedelta(microseconds=1)
    assert store.prune() == Pruned(evaluations=1, feedback=1)
    assert [count(store, table) for table in (Evaluation, Card, Finding, Feedback)] == [0, 0, 0, 0]


def test_an_evaluation_stays_as_long_as_feedback_speaks_of_it(database_url: str, opened: Opened) -> None:
    clock = {"now": NOW + timedelta(days=29)}
    store = opened(database_url, clock=lambda: clock["now"], keep_days=30)
    kept(store, call(card()), call(card(uuid4())))
    tell(store, told())
    clock["now"] = NOW + timedelta(days=40)
    assert store.prune() == Pruned(evaluations=1, feedback=0)
    assert [row["id"] for row in rows(store, Card)] == [CARD]
    clock["now"] = NOW + timedelta(days=60)
    assert store.prune() == Pruned(evaluations=1, feedback=1)


def test_nothing_is_deleted_while_the_setting_is_0(store: Store) -> None:
    kept(store, call(time=datetime(1990, 1, 1, tzinfo=UTC)))
    assert store.prune() == Pruned(0, 0)
    assert count(store, Evaluation) == 1


def test_what_is_old_goes_once_a_day_while_the_service_runs(sqlite_store: Store, opened: Opened) -> None:
    clock = {"now": NOW}
    url = str(sqlite_store.database.url)
    store = opened(url, clock=lambda: clock["now"], keep_days=1)
    kept(store, call())
    for hours, left in ((20, 2), (30, 3), (48, 2)):
        clock["now"] = NOW + timedelta(hours=hours)
        kept(store, call(time=clock["now"]))
        assert count(store, Evaluation) == left


def test_more_than_one_step_of_old_records_goes(sqlite_store: Store, opened: Opened) -> None:
    store = opened(str(sqlite_store.database.url), clock=lambda: NOW, keep_days=1)
    kept(store, *(call(time=NOW - timedelta(days=2)) for _ in range(1100)))
    store.prune()
    assert count(store, Evaluation) == 0


# Tokens


def test_a_token_is_let_through_once(store: Store) -> None:
    tokens = SeenTokens(store.database, lambda: NOW)
    until = NOW + timedelta(minutes=5)
    assert tokens.first("https://a", "t1", until)
    assert not tokens.first("https://a", "t1", until)
    assert not SeenTokens(store.database, lambda: NOW).first("https://a", "t1", until)
    assert tokens.first("https://b", "t1", until)
    assert tokens.first("https://a", "t2", until)
    assert tokens.first("https://a,t", "1", until) != tokens.first("https://a,t", "1", until)


def test_an_expired_token_id_is_free_again_and_its_row_goes(store: Store) -> None:
    clock = {"now": NOW}
    tokens = SeenTokens(store.database, lambda: clock["now"])
    until = NOW + timedelta(minutes=5)
    assert tokens.first("https://a", "t1", until)
    assert tokens.first("https://a", "t2", until)
    clock["now"] = until
    assert not tokens.first("https://a", "t1", until + timedelta(minutes=5))
    clock["now"] = until + timedelta(seconds=30)
    assert tokens.first("https://a", "t1", until + timedelta(minutes=5))
    assert not tokens.first("https://a", "t1", until + timedelta(minutes=5))
    clock["now"] = until + timedelta(minutes=2)
    tokens.first("https://a", "t3", until + timedelta(minutes=5))
    assert count(store, SeenToken) == 2


def test_without_a_database_nobody_is_let_in(sqlite_store: Store) -> None:
    tokens = SeenTokens(sqlite_store.database, lambda: NOW)
    with sqlite_store.database.writing() as connection:
        SeenToken.__table__.drop(connection)  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        tokens.first("https://a", "t1", NOW + timedelta(minutes=5))


def test_connections_that_the_server_ended_are_made_anew(postgresql: str, opened: Opened) -> None:
    store = opened(new_database(postgresql))
    kept(store, call())
    tell(store, told())
    with store.database.writing() as connection:
        # Those of other databases on this server belong to other tests.
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    tell(store, told(minutes=1))
    kept(store, call())
    assert (count(store, Evaluation), count(store, Feedback)) == (2, 2)
