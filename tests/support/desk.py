"""Packets of the store: who moves them, why, and how many rows there are."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from service.store.kept import Store
from service.store.packet_records import Kept, Who
from service.store.packets import Move
from service.store.states import State
from tests.support.kept import CALLER

TODAY = date(2026, 11, 22)
WHO = Who(CALLER, "Practitioner/canary-user")
WHY = "the payer said so"


def count(store: Store, table: Any) -> int:
    with store.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def moved(store: Store, packet: Kept, *states: State, **given: Any) -> Kept:
    for state in states:
        packet = store.packets.moved(WHO, packet.id, packet.version, Move(state, WHY, **given), TODAY)
    return packet
