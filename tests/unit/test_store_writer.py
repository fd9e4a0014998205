"""Records are written beside the answers: late rather than lost, lost rather than in the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import event, func, select

from service import log
from service.errors import StoreUnavailable
from service.store.kept import Store
from service.store.models import Evaluation
from service.store.records import Call
from service.store.writer import RECORDS, Writer
from tests.support.kept import CALLER, call, told


def counted(outcome: str) -> float:
    return float(RECORDS.labels("evaluation", outcome)._value.get())


class Written:
    """Remembers what was written; raises what it is told to, one fault a try."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.calls: list[Call] = []
        self.refuse: Callable[[Call], bool] = lambda _: False

    def __call__(self, calls: Sequence[Call]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        if any(map(self.refuse, calls)):
            raise ValueError("refused")
        self.calls += calls


def test_records_are_written_in_their_order() -> None:
    written = Written()
    writer = Writer(written)
    made = [call() for _ in range(250)]
    for item in made:
        writer.put(item)
    writer.settle()
    assert written.calls == made
    writer.close()


def test_while_the_database_is_away_records_wait_for_it() -> None:
    before = counted("tried-again")
    written = Written(StoreUnavailable("away"), StoreUnavailable("away"))
    writer = Writer(written, retry_seconds=0)
    writer.put(call())
    writer.settle()
    assert len(written.calls) == 1
    assert not writer.failing
    assert counted("tried-again") == before + 2
    writer.close()


def test_what_does_not_fit_is_counted_and_nobody_waits(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("error")
    before = counted("dropped")
    hold, held = threading.Event(), threading.Event()

    def write(_: Sequence[Call]) -> None:
        held.set()
        hold.wait(10)

    writer = Writer(write, waiting=2)
    writer.put(call())
    assert held.wait(10)
    for _ in range(5):
        writer.put(call())
    assert counted("dropped") == before + 3
    hold.set()
    writer.settle()
    writer.close()
    assert capsys.readouterr().err.count("records-dropped") == 1


def test_one_bad_record_costs_only_itself() -> None:
    before = counted("refused")
    written = Written()
    bad = call()
    written.refuse = lambda item: item is bad
    writer = Writer(written)
    good = [call(), call()]
    for item in (good[0], bad, good[1]):
        writer.put(item)
    writer.settle()
    assert written.calls == good
    assert counted("refused") == before + 1
    writer.close()


def test_what_waits_is_written_when_the_process_stops() -> None:
    written = Written()
    writer = Writer(written)
    for _ in range(300):
        writer.put(call())
    writer.close()
    assert len(written.calls) == 300


def test_a_stop_does_not_wait_for_a_database_that_is_away() -> None:
    before = counted("dropped")
    tried = threading.Event()

    def write(_: Sequence[Call]) -> None:
        tried.set()
        raise StoreUnavailable("away")

    writer = Writer(write, retry_seconds=1000)
    writer.put(call())
    assert tried.wait(10)
    writer.close()
    assert counted("dropped") == before + 1


def test_after_the_stop_records_are_counted_as_lost() -> None:
    before = counted("dropped")
    writer = Writer(Written())
    writer.close()
    writer.put(call())
    assert counted("dropped") == before + 1


def test_a_writer_that_was_never_asked_starts_no_thread() -> None:
    before = threading.active_count()
    writer = Writer(Written())
    assert threading.active_count() == before
    writer.close()


def with_pragma(store: Store, pragma: str) -> Callable[[], None]:
    """Put every further connection under a pragma; what is returned ends that."""
    store.database.engine.dispose()

    def on_connect(connection: object, _record: object) -> None:
        connection.execute(pragma)  # type: ignore[attr-defined]

    event.listen(store.database.engine, "connect", on_connect)

    def ended() -> None:
        event.remove(store.database.engine, "connect", on_connect)
        store.database.engine.dispose()

    return ended


@pytest.mark.parametrize("pragma", ["PRAGMA query_only = ON", "PRAGMA max_page_count = 1"], ids=["read-only", "full"])
def test_a_disk_that_takes_nothing_is_said_and_survived(
    sqlite_store: Store, pragma: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("error")
    store = sqlite_store
    store.writer._retry_seconds = 0.001
    many = tuple(told(comment="x" * 5000, minutes=place) for place in range(20))
    ended = with_pragma(store, pragma)
    with pytest.raises(StoreUnavailable, match="send it again later"):
        store.feedback("spine-orders", CALLER, many)
    for _ in range(50):
        store.record(call())
    before = counted("tried-again")
    while counted("tried-again") == before:
        threading.Event().wait(0.001)
    assert store.state() == "failing"
    ended()
    store.writer.settle()
    assert store.state() == "ok"
    with store.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Evaluation)).scalar_one() == 50
    assert store.feedback("spine-orders", CALLER, many).stored == 20
    assert "store-failing" in capsys.readouterr().err
