"""Tokens that were used, in the database that all workers share: each is let through once, by whichever comes first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import StoreUnavailable
from service.store.database import Database, RecordRefused
from service.store.models import SeenToken

PRUNE_EVERY = timedelta(minutes=1)


def _now() -> datetime:
    return datetime.now(UTC)


class SeenTokens:
    """Remembers token ids by issuer until they expire; `clock` tells the present time with its zone."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._clock = clock
        self._prune_at = clock()

    def first(self, issuer: str, token_id: str, until: datetime) -> bool:
        """Whether this token was never seen before; from now to `until` it has been.

        Raises StoreUnavailable when nobody can tell: the caller must be refused then, not let in.
        """
        digest = hashlib.sha256(json.dumps([issuer, token_id]).encode()).hexdigest()
        try:
            with self._database.writing() as connection:
                self._prune(connection)
                return self._taken(connection, digest, until)
        except RecordRefused as fault:
            raise StoreUnavailable(f"The database does not take a record of the token ({fault}).") from None

    def _taken(self, connection: Connection, digest: str, until: datetime) -> bool:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        new = insert(SeenToken).values(digest=digest, until=until).on_conflict_do_nothing(index_elements=["digest"])
        if connection.execute(new.returning(SeenToken.digest)).first():
            return True
        # An expired id may come again: its row is taken over by exactly one.
        expired = update(SeenToken).where(SeenToken.digest == digest, SeenToken.until < self._clock())
        return connection.execute(expired.values(until=until)).rowcount == 1

    def _prune(self, connection: Connection) -> None:
        now = self._clock()
        if now >= self._prune_at:
            self._prune_at = now + PRUNE_EVERY
            connection.execute(delete(SeenToken).where(SeenToken.until < now))
