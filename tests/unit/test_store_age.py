"""What is kept goes with its age; tokens are let through once; a database that is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from service.errors import StoreUnavailable
from service.store.kept import Store
from service.store.models import Card, Evaluation, Feedback, Finding, SeenToken
from service.store.retention import Pruned
from service.store.seen_tokens import SeenTokens
from tests.support.databases import Opened, new_database
from tests.support.kept import CARD, NOW, call, card, told
from tests.support.rows import count, kept, rows, tell


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
