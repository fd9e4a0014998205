"""The store as the HTTP surface and the command line see it: opened once a process, brought up to date first."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from service import log
from service.caller import Caller
from service.errors import StoreUnavailable
from service.settings.store import NO_DATABASE, StoreSettings
from service.store.database import Database, RecordRefused
from service.store.evaluations import insert_calls
from service.store.feedback import Shelf
from service.store.keys import KEY_FILE, Keys, secret_in
from service.store.packet_access import insert_access
from service.store.packet_records import Access
from service.store.packets import Packets
from service.store.records import Call, FeedbackItem, Stored
from service.store.retention import Pruned, prune
from service.store.upgrade import upgrade
from service.store.writer import RECORDS, Writer

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)


class Store:
    """One database with the keys of its installation."""

    def __init__(self, database: Database, keys: Keys, settings: StoreSettings, clock: Clock = now) -> None:
        self.database = database
        self.shelf = Shelf(keys, settings.keep_comments)
        self.packets = Packets(database, keys, clock)
        self._keys = keys
        self._keep_days = settings.keep_days
        self._clock = clock
        self._pruned_on: date | None = None
        self.writer = Writer(self._write)

    def record(self, call: Call) -> None:
        """Have a call written soon; never waits and never raises."""
        self.writer.put(call)

    def feedback(self, service: str, caller: Caller, items: Sequence[FeedbackItem]) -> Stored:
        """Write feedback, all or nothing, before this returns; raises StoreUnavailable."""
        try:
            with self.database.writing() as connection:
                stored = self.shelf.insert(connection, service, caller, items, self._clock())
        except (RecordRefused, StoreUnavailable) as fault:
            RECORDS.labels("feedback", "refused").inc(len(items))
            raise StoreUnavailable("The feedback could not be stored: send it again later.") from fault
        RECORDS.labels("feedback", "written").inc(stored.stored)
        RECORDS.labels("feedback", "repeated").inc(stored.repeated)
        return stored

    def accessed(self, access: Access) -> None:
        """Write one access to packets before this returns; raises StoreUnavailable."""
        insert_access(self.database, self._keys, access)

    def state(self) -> str:
        """'ok', or 'failing' while records of this process wait for the database."""
        return "failing" if self.writer.failing else "ok"

    def prune(self) -> Pruned:
        """Delete what is older than the setting allows; nothing while it is 0."""
        if not self._keep_days:
            return Pruned(evaluations=0, feedback=0)
        self._pruned_on = self._clock().date()
        return prune(self.database, self._clock() - timedelta(days=self._keep_days))

    def close(self) -> None:
        """Write what waits and give the connections back."""
        atexit.unregister(self.close)
        self.writer.close()
        self.database.close()

    def _write(self, calls: Sequence[Call]) -> None:
        with self.database.writing() as connection:
            insert_calls(connection, self._keys, calls)
        if self._keep_days and self._pruned_on != self._clock().date():
            self._prune_by_the_way()

    def _prune_by_the_way(self) -> None:
        try:
            self.prune()
        except (StoreUnavailable, RecordRefused) as fault:  # the records are written; the day after is early enough
            log.failure("prune-failed", fault)


def open_store(settings: StoreSettings, clock: Clock = now) -> Store | None:
    """The store with its tables up to date, None where nothing is to be kept; raises StoreUnavailable.

    Whoever starts first does the work; the others wait for it and find it done.
    """
    if settings.database == NO_DATABASE:
        return None
    database = Database(settings.database)
    upgrade(database)
    secret = settings.hash_key.get_secret_value().encode()
    if not secret:
        assert database.file is not None  # the settings demand a key for a server
        secret = _secret_beside(database.file)
    store = Store(database, Keys(secret), settings, clock)
    atexit.register(store.close)
    return store


def _secret_beside(file: Path) -> bytes:
    path = Path(f"{file}{KEY_FILE}")
    try:
        return secret_in(path)
    except OSError as fault:
        raise StoreUnavailable(
            f"The key file {path} cannot be made or read ({type(fault).__name__}): set SPINE_CDS_HASH_KEY."
        ) from None
