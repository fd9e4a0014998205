"""What is handed over to be kept of a packet, and what comes back; clear here, sealed or hashed in the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from service.caller import Caller
from service.store.records import NOBODY
from service.store.states import State


class Note(NamedTuple):
    """Something about a packet that its reader should know: a stable word, and a sentence, which is kept sealed."""

    word: str
    text: str


class CriterionLine(NamedTuple):
    """One criterion of one policy's checklist; `payer` is '' where the policy is nobody's."""

    policy: str
    payer: str
    criterion: str
    status: str


@dataclass(frozen=True, slots=True)
class Filing:
    """One evaluation of an order, as it is kept.

    `order` and `patient` are references; `document` (FHIR document Bundle), `page` (HTML), `checklist`, the raw order
    and `request` (Bundle entries of what a request to the payer would refer to) are sealed; everything else stands in
    columns, and names nobody.
    """

    order: str = field(repr=False)
    patient: str = field(repr=False)
    raw_order: Mapping[str, Any] = field(repr=False)
    title: str
    procedure: str
    region: str
    laterality: str
    service_date: date | None
    policies: tuple[str, ...]
    lines: tuple[CriterionLine, ...]
    content_version: str
    day: date
    document: Mapping[str, Any] = field(repr=False)
    page: str = field(repr=False)
    checklist: Mapping[str, Any] = field(repr=False)
    notes: tuple[Note, ...] = ()
    request: Sequence[Mapping[str, Any]] = field(default=(), repr=False)


class Authorization(NamedTuple):
    """What a payer gave with an approval; '' and None where it did not."""

    number: str = ""
    expires: date | None = None


NOTHING_GIVEN = Authorization()


class Who(NamedTuple):
    """Who acts: the caller, and the person in front of it as the client names them ('' when it does not)."""

    caller: Caller = NOBODY
    user: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A packet as it stands; `version` changes with every change, `content` counts evaluations from 1."""

    id: UUID
    version: int
    state: State
    content: int
    created: datetime
    changed: datetime
    title: str
    procedure: str
    region: str
    laterality: str
    service_date: date | None
    policies: tuple[str, ...]
    lines: tuple[CriterionLine, ...]
    content_version: str
    authorization: Authorization = field(repr=False)
    order: str = field(repr=False)
    patient: str = field(repr=False)


class Content(NamedTuple):
    """What is sealed of one evaluation of a packet."""

    number: int
    time: datetime
    raw_order: Mapping[str, Any]
    document: Mapping[str, Any]
    page: str
    checklist: Mapping[str, Any]
    notes: tuple[Note, ...]
    request: Sequence[Mapping[str, Any]]


class Change(NamedTuple):
    """One entry of a packet's history; `user` is a keyed hash, `from_` is '' at the beginning."""

    time: datetime
    what: str
    from_: str
    to: str
    user: str
    user_type: str
    reason: str
    authorization: Authorization
    content: int


class Filter(NamedTuple):
    """Which packets are wanted; what is '' or None does not matter. Ages are whole days since the packet was made."""

    state: str = ""
    payer: str = ""
    policy: str = ""
    procedure: str = ""
    missing: str = ""
    older_than_days: int | None = None
    newer_than_days: int | None = None
    order: str = ""
    patient: str = ""


class Listed(NamedTuple):
    """One page of packets, oldest first, and how many there are on all pages."""

    packets: tuple[Kept, ...]
    total: int


class Access(NamedTuple):
    """One access to packets and how it ended; `packet` is None where none was named or found."""

    time: datetime
    who: Who
    action: str
    packet: UUID | None
    status: int
    word: str
