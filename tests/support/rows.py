"""Rows of the store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from service.caller import Caller
from service.store.kept import Store
from service.store.models import Base
from tests.support.kept import CALLER


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


def tell(store: Store, *items: Any, caller: Caller = CALLER) -> tuple[int, int]:
    stored = store.feedback("spine-orders", caller, items)
    return stored.stored, stored.repeated
