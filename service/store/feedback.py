"""Feedback as rows: told twice it is kept once, told differently later it is kept beside what was told before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from service.caller import Caller
from service.store.evaluations import stored_text
from service.store.keys import Keys
from service.store.models import Feedback, Row
from service.store.records import FeedbackItem, Stored


class Shelf:
    """How items become rows: with which keys, and whether what people wrote is kept."""

    def __init__(self, keys: Keys, keep_comments: bool) -> None:
        self._keys = keys
        self._keep_comments = keep_comments

    def insert(
        self, connection: Connection, service: str, caller: Caller, items: Sequence[FeedbackItem], received: datetime
    ) -> Stored:
        """Write what is new, in an order that is the same for all writers so that none waits for another in a ring."""
        rows = sorted((self._row(service, caller, item, received) for item in items), key=lambda row: row["digest"])
        new = sum(insert_new(connection, row) for row in rows)
        return Stored(new, len(rows) - new)

    def _row(self, service: str, caller: Caller, item: FeedbackItem, received: datetime) -> Row:
        card = self._keys.uuid(item.card)
        suggestions = sorted({str(self._keys.uuid(text)) for text in item.suggestions})
        told = (item.outcome, item.at.isoformat(), *suggestions)
        reason = (item.reason_system, item.reason_code, item.reason_display, item.comment)
        return {
            "digest": self._keys.digest("feedback", caller.issuer, str(card), *told, "reason", *reason),
            "card_id": card,
            "service": service,
            "issuer": stored_text(caller.issuer),
            "tenant": stored_text(caller.tenant),
            "outcome": item.outcome,
            "at": item.at,
            "received": received,
            "suggestions": suggestions,
            "reason_system": stored_text(item.reason_system),
            "reason_code": stored_text(item.reason_code),
            "words": self._words(item),
            "commented": bool(item.comment),
        }

    def _words(self, item: FeedbackItem) -> str:
        """What people may have written freely, encrypted: a display is not always that of a code system."""
        words = {"display": item.reason_display, "comment": item.comment if self._keep_comments else ""}
        filled = {name: stored_text(text) for name, text in words.items() if text}
        return self._keys.sealed(json.dumps(filled)) if filled else ""

    def words(self, sealed: str) -> dict[str, str]:
        """The display and comment of a row; empty where there are none or the key is another."""
        text = self._keys.opened(sealed) if sealed else None
        return dict(json.loads(text)) if text else {}


def insert_new(connection: Connection, row: Row) -> bool:
    """Whether the row was new; both databases decide that and write in one step."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(Feedback).values(row).on_conflict_do_nothing(index_elements=["digest"])
    return connection.execute(statement.returning(Feedback.id)).first() is not None
