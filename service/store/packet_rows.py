"""Packets as rows: made, read, and changed only from the version that was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from service.caller import Caller
from service.packet_errors import PacketChanged, UnknownPacket
from service.store import packet_seal
from service.store.evaluations import USER_TYPE, stored_text
from service.store.keys import Keys
from service.store.models import Row
from service.store.packet_models import Packet, PacketChange, PacketContent, PacketCriterion
from service.store.packet_records import NOTHING_GIVEN, Authorization, CriterionLine, Filing, Kept, Who

CHANGED = "The packet was changed since it was read: read it again, and repeat what still applies."
UNKNOWN = "There is no packet with this id; GET /prior-auth/packets lists them."


def hashed(keys: Keys, kind: str, caller: Caller, identifier: str) -> str:
    """A keyed hash within one caller's site; the user's is that of the audit of calls."""
    return keys.pseudonym(kind, caller.issuer, caller.tenant, identifier)


def owned(caller: Caller) -> tuple[ColumnElement[bool], ...]:
    """Only what this caller's site has filed."""
    return Packet.issuer == stored_text(caller.issuer), Packet.tenant == stored_text(caller.tenant)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the history to be written."""

    what: str
    from_state: str
    to_state: str
    reason: str = ""
    authorization: Authorization = NOTHING_GIVEN


class Rows:
    """Reading and writing of packets with one installation's keys, inside the caller's transaction."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def insert(self, connection: Connection, packet: UUID, who: Who, filing: Filing, now: datetime, state: str) -> None:
        """A new packet with its first content and the beginning of its history."""
        row: Row = {
            "id": packet,
            "version": 1,
            "created": now,
            "changed": now,
            "issuer": stored_text(who.caller.issuer),
            "tenant": stored_text(who.caller.tenant),
            "state": state,
            "content": 1,
            "expires": None,
            **self._described(packet, who.caller, filing, ""),
        }
        connection.execute(insert(Packet), [row])
        self._fill(connection, packet, 1, filing, now)
        self.tell(connection, packet, who, now, 1, Step("created", "", state))

    def refill(self, connection: Connection, seen: Kept, who: Who, filing: Filing, now: datetime, state: str) -> None:
        """A new content for a packet; raises PacketChanged."""
        number = seen.content + 1
        described = self._described(seen.id, who.caller, filing, seen.authorization.number)
        self.change(connection, seen, now, state=state, content=number, **described)
        connection.execute(delete(PacketCriterion).where(PacketCriterion.packet_id == seen.id))
        self._fill(connection, seen.id, number, filing, now)
        self.tell(connection, seen.id, who, now, number, Step("evaluated", seen.state, state))

    def change(self, connection: Connection, seen: Kept, now: datetime, **values: Any) -> None:
        """Write new values over exactly the version that was seen; raises PacketChanged."""
        statement = update(Packet).where(Packet.id == seen.id, Packet.version == seen.version)
        if connection.execute(statement.values(version=seen.version + 1, changed=now, **values)).rowcount != 1:
            raise PacketChanged(CHANGED)

    def words(self, seen: Kept, number: str) -> str:
        """The sealed words of a packet, with another authorization number."""
        return packet_seal.sealed_words(self._keys, seen.id, order=seen.order, patient=seen.patient, number=number)

    def tell(self, connection: Connection, packet: UUID, who: Who, now: datetime, content: int, step: Step) -> None:
        """Add to the history."""
        user = who.user or who.caller.subject
        typed = USER_TYPE.search(who.user)
        row: Row = {
            "packet_id": packet,
            "time": now,
            "what": step.what,
            "from_state": step.from_state,
            "to_state": step.to_state,
            "issuer": stored_text(who.caller.issuer),
            "user_type": typed.group(1) if typed else "",
            "user_hash": hashed(self._keys, "user", who.caller, user),
            "content": content,
            "expires": step.authorization.expires,
            "words": packet_seal.sealed_words(self._keys, packet, reason=step.reason, number=step.authorization.number),
        }
        connection.execute(insert(PacketChange), [row])

    def one(self, connection: Connection, caller: Caller, packet: UUID) -> Kept:
        """One packet of this caller; raises UnknownPacket."""
        found = self.some(connection, Packet.id == packet, *owned(caller))
        if not found:
            raise UnknownPacket(UNKNOWN)
        return found[0]

    def some(self, connection: Connection, *conditions: ColumnElement[bool], **page: int) -> list[Kept]:
        """Packets that meet the conditions, oldest first; `page` is {limit, offset}."""
        statement = select(Packet).where(*conditions).order_by(Packet.created, Packet.id)
        if page:
            statement = statement.limit(page["limit"]).offset(page["offset"])
        with Session(connection) as session:
            rows = session.scalars(statement).all()
            lines = self._lines(session, [row.id for row in rows])
            return [self._kept(row, lines.get(row.id, ())) for row in rows]

    def _lines(self, session: Session, packets: Iterable[UUID]) -> dict[UUID, tuple[CriterionLine, ...]]:
        wanted = select(PacketCriterion).where(PacketCriterion.packet_id.in_(list(packets)))
        found: dict[UUID, tuple[CriterionLine, ...]] = {}
        for row in session.scalars(wanted.order_by(PacketCriterion.id)):
            line = CriterionLine(row.policy, row.payer, row.criterion, row.status)
            found[row.packet_id] = (*found.get(row.packet_id, ()), line)
        return found

    def _kept(self, row: Packet, lines: tuple[CriterionLine, ...]) -> Kept:
        words = packet_seal.words(self._keys, row.id, row.words)
        return Kept(
            id=row.id,
            version=row.version,
            state=row.state,  # type: ignore[arg-type]  # only states of the table are written
            content=row.content,
            created=row.created,
            changed=row.changed,
            title=row.title,
            procedure=row.procedure,
            region=row.region,
            laterality=row.laterality,
            service_date=row.service_date,
            policies=tuple(row.policies),
            lines=lines,
            content_version=row.content_version,
            authorization=Authorization(words["number"], row.expires),
            order=words["order"],
            patient=words["patient"],
        )

    def _described(self, packet: UUID, caller: Caller, filing: Filing, number: str) -> Row:
        names = {"order": filing.order, "patient": filing.patient, "number": number}
        return {
            "patient_hash": hashed(self._keys, "patient", caller, filing.patient.removeprefix("Patient/")),
            "order_hash": hashed(self._keys, "order", caller, filing.order),
            "title": stored_text(filing.title),
            "procedure": filing.procedure,
            "region": filing.region,
            "laterality": filing.laterality,
            "service_date": filing.service_date,
            "policies": list(filing.policies),
            "content_version": filing.content_version,
            "words": packet_seal.sealed_words(self._keys, packet, **names),
        }

    def _fill(self, connection: Connection, packet: UUID, number: int, filing: Filing, now: datetime) -> None:
        row: Row = {"packet_id": packet, "number": number, "time": now, "content_version": filing.content_version}
        sealed = packet_seal.sealed_content(self._keys, packet, filing)
        connection.execute(insert(PacketContent), [row | {"sealed": sealed}])
        if filing.lines:
            connection.execute(insert(PacketCriterion), [{"packet_id": packet, **x._asdict()} for x in filing.lines])


def expired_before(day: date) -> tuple[ColumnElement[bool], ...]:
    """Approved packets whose last day has passed."""
    return Packet.state == "approved", Packet.expires < day
