"""A connection pool to SQLite or PostgreSQL, with the faults of both as one error.

SQLite: write-ahead log, so that readers and one writer do not wait for each other; writers take the lock at BEGIN and
wait for it, because a lock that is asked for in the middle of a transaction is refused at once.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.errors import StoreUnavailable

WAIT_SECONDS = 5
# Any number will do, as long as nothing else in the same database takes it.
ADVISORY_LOCK = 0x5F1E_CD5
PRAGMAS = (
    f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}",
    "PRAGMA foreign_keys = ON",
    # Survives the end of the process; after a loss of power the last moments may be missing, the file stays whole.
    "PRAGMA synchronous = NORMAL",
)


class RecordRefused(Exception):
    """The database is there, but will not take this record."""


class Database:
    """One database; nothing is opened before it is needed."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.file = Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None
        try:
            self.engine = _sqlite(self.url) if self.file else _postgresql(self.url)
        except ModuleNotFoundError:
            raise StoreUnavailable(
                "PostgreSQL needs the extra `postgres`: pip install 'spine-cds[postgres]'."
            ) from None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; raises StoreUnavailable, or RecordRefused when only this content is the trouble."""
        with _faults(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of the data that does not change under way and stops no writer."""
        still = {"reading": True} if self.file else {"isolation_level": "REPEATABLE READ"}
        with _faults(), self.engine.connect().execution_options(**still) as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """One transaction that no other process is in at the same time; others wait here. Makes a missing file."""
        if self.file is None:
            with self.writing() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
                yield connection
            return
        with _locked(self.file), self.writing() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def _faults() -> Iterator[None]:
    """The two errors that callers know; texts of the database are left out, as they may quote values."""
    try:
        yield
    except DBAPIError as fault:
        if _about_content(fault):
            raise RecordRefused(type(fault.orig).__name__) from None
        name = getattr(fault.orig, "sqlite_errorname", type(fault.orig).__name__)
        raise StoreUnavailable(f"The database cannot be used now ({name}).") from None
    except PoolTimeout:
        raise StoreUnavailable("The database has no free connection.") from None
    except SQLAlchemyError as fault:
        raise RecordRefused(type(fault).__name__) from None


def _about_content(fault: DBAPIError) -> bool:
    return isinstance(fault, IntegrityError | DataError | ProgrammingError) and not fault.connection_invalidated


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, pool_timeout=WAIT_SECONDS)

    @event.listens_for(engine, "connect")
    def _opened(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        deferred = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> Engine:
    patience = {"connect_timeout": WAIT_SECONDS, "tcp_user_timeout": WAIT_SECONDS * 2000}
    engine = create_engine(url, pool_pre_ping=True, pool_timeout=WAIT_SECONDS, connect_args=patience)

    @event.listens_for(engine, "connect")
    def _opened(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    return engine


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the lock file beside a SQLite file; the file is made, for its owner only, and switched to its log mode."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            with sqlite3.connect(file, timeout=WAIT_SECONDS) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.close()
            yield
        finally:
            os.close(lock)
    except (OSError, sqlite3.Error) as fault:
        raise StoreUnavailable(
            f"The database file {file} cannot be written ({type(fault).__name__}): "
            "give SPINE_CDS_DATABASE a place that can, or `none` to keep nothing."
        ) from None
