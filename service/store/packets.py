"""The desk of a prior-authorization team: packets filed, found, evaluated again and moved from state to state.

Every caller's site sees its own packets only. `today` is the calendar day of the clinic: an authorization holds through
its last day, and whoever looks after it finds the packet expired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from service.caller import Caller
from service.errors import MalformedRequest
from service.packet_errors import PacketChanged, PacketRefused, StepNotAllowed, UnknownPacket
from service.store import packet_seal
from service.store.database import Database, RecordRefused
from service.store.keys import Keys
from service.store.packet_models import Packet, PacketChange, PacketContent
from service.store.packet_records import (
    NOTHING_GIVEN,
    Authorization,
    Change,
    Content,
    Filing,
    Filter,
    Kept,
    Listed,
    Who,
)
from service.store.packet_rows import CHANGED, UNKNOWN, Rows, Step, expired_before, hashed, owned
from service.store.packet_search import conditions
from service.store.states import APPROVED, EXPIRED, FIRST, REOPENED_BY_DATA, STEPS, State, step

LAST_DAY_PASSED = "the last day of the authorization has passed"
REFUSED = "The database does not take what this packet holds, nothing was changed: check its texts and numbers."
Clock = Callable[[], datetime]


class Move(NamedTuple):
    """A step that somebody asks for."""

    to: State
    reason: str = ""
    authorization: Authorization = NOTHING_GIVEN


class Packets:
    """All packets of one database; `clock` tells the present time with its zone. Methods raise StoreUnavailable."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database, self._keys, self._clock = database, keys, clock
        self._rows = Rows(keys)

    def file(self, who: Who, filing: Filing) -> Kept:
        """A new packet, as a draft."""
        packet = uuid4()
        with self._writing() as connection:
            self._rows.insert(connection, packet, who, filing, self._clock(), FIRST)
            return self._rows.one(connection, who.caller, packet)

    def one(self, caller: Caller, packet: UUID, today: date) -> Kept:
        """A packet of this caller; raises UnknownPacket."""
        self._expire(today)
        with self._database.reading() as connection:
            return self._rows.one(connection, caller, packet)

    def listed(self, caller: Caller, wanted: Filter, today: date, limit: int, offset: int = 0) -> Listed:
        """A page of this caller's packets."""
        self._expire(today)
        patient = hashed(self._keys, "patient", caller, wanted.patient.removeprefix("Patient/"))
        order = hashed(self._keys, "order", caller, wanted.order)
        asked = (*owned(caller), *conditions(wanted._replace(patient=patient, order=order), self._clock()))
        with self._database.reading() as connection:
            total = connection.execute(select(func.count()).select_from(Packet).where(*asked)).scalar_one()
            return Listed(tuple(self._rows.some(connection, *asked, limit=limit, offset=offset)), total)

    def content(self, caller: Caller, packet: UUID, number: int = 0) -> Content:
        """What one evaluation made of a packet, the last one for 0; raises UnknownPacket."""
        with self._database.reading() as connection:
            wanted = number or self._rows.one(connection, caller, packet).content
            about = PacketContent.packet_id == Packet.id
            statement = select(PacketContent).join(Packet, about).where(Packet.id == packet, *owned(caller))
            with Session(connection) as session:
                row = session.scalars(statement.where(PacketContent.number == wanted)).one_or_none()
                if row is None:
                    raise UnknownPacket(UNKNOWN)
                return packet_seal.content(self._keys, row)

    def evaluated(self, who: Who, packet: UUID, version: int, filing: Filing, today: date) -> Kept:
        """The packet with new content beside the old; raises UnknownPacket or PacketChanged.

        What was ready becomes a draft, as nobody has looked at the new content yet; every other state stays.
        """
        self._expire(today)
        with self._writing() as connection:
            seen = self._seen(connection, who.caller, packet, version)
            state = FIRST if seen.state in REOPENED_BY_DATA else seen.state
            self._rows.refill(connection, seen, who, filing, self._clock(), state)
            return self._rows.one(connection, who.caller, packet)

    def moved(self, who: Who, packet: UUID, version: int, move: Move, today: date) -> Kept:
        """The packet in another state; raises UnknownPacket, PacketChanged, StepNotAllowed or MalformedRequest."""
        self._expire(today)
        with self._writing() as connection:
            seen = self._seen(connection, who.caller, packet, version)
            _check(seen.state, move)
            given = _given(seen, move)
            values = {"state": move.to, "expires": given.expires, "words": self._rows.words(seen, given.number)}
            now = self._clock()
            self._rows.change(connection, seen, now, **values)
            told = Step("moved", seen.state, move.to, move.reason, move.authorization)
            self._rows.tell(connection, packet, who, now, seen.content, told)
            return self._rows.one(connection, who.caller, packet)

    def history(self, caller: Caller, packet: UUID, today: date) -> tuple[Change, ...]:
        """Everything that happened to a packet, in its order; raises UnknownPacket."""
        self._expire(today)
        with self._database.reading() as connection:
            self._rows.one(connection, caller, packet)
            statement = select(PacketChange).where(PacketChange.packet_id == packet).order_by(PacketChange.id)
            with Session(connection) as session:
                return tuple(self._change(row) for row in session.scalars(statement))

    def _change(self, row: PacketChange) -> Change:
        words = packet_seal.words(self._keys, row.packet_id, row.words)
        given = Authorization(words["number"], row.expires)
        about = (row.what, row.from_state, row.to_state, row.user_hash, row.user_type, words["reason"])
        return Change(row.time, *about, given, row.content)

    def _seen(self, connection: Connection, caller: Caller, packet: UUID, version: int) -> Kept:
        seen = self._rows.one(connection, caller, packet)
        if seen.version != version:
            raise PacketChanged(CHANGED)
        return seen

    def _expire(self, today: date) -> None:
        """Approvals whose time is over, of all callers; whoever comes second finds nothing to do."""
        over = expired_before(today)
        with self._database.reading() as connection:
            if connection.execute(select(Packet.id).where(*over).limit(1)).first() is None:
                return
        with self._writing() as connection:
            now = self._clock()
            for seen in self._rows.some(connection, *over):
                try:
                    self._rows.change(connection, seen, now, state=EXPIRED)
                except PacketChanged:
                    continue
                told = Step("expired", APPROVED, EXPIRED, LAST_DAY_PASSED)
                self._rows.tell(connection, seen.id, Who(), now, seen.content, told)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._database.writing() as connection:
                yield connection
        except RecordRefused as fault:
            raise PacketRefused(REFUSED) from fault


def _check(state: State, move: Move) -> None:
    taken = step(state, move.to)
    if taken is None:
        possible = ", ".join(item.to for item in STEPS[state])
        raise StepNotAllowed(f"A packet that is {state} cannot become {move.to}; it can become {possible}.")
    if taken.reason and not move.reason:
        raise MalformedRequest(f"The step from {state} to {move.to} needs a reason.", expression="reason")
    if move.authorization != NOTHING_GIVEN and move.to != APPROVED:
        raise MalformedRequest("An authorization comes with the state approved only.", expression="authorization")


def _given(seen: Kept, move: Move) -> Authorization:
    """What the payer has given by now: told again it is added to or replaced; it goes with the approval."""
    if move.to == EXPIRED:
        return seen.authorization
    if move.to != APPROVED:
        return NOTHING_GIVEN
    before, now = seen.authorization if seen.state == APPROVED else NOTHING_GIVEN, move.authorization
    return Authorization(now.number or before.number, now.expires or before.expires)
