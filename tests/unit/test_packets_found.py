"""Packets that are found, go, and are sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from service.errors import StoreUnavailable
from service.packet_errors import UnknownPacket
from service.store.kept import Store
from service.store.packet_models import Packet, PacketAccess, PacketChange, PacketContent, PacketCriterion
from service.store.packet_records import Access, Authorization, CriterionLine, Filter, Note, Who
from service.store.packets import Move
from service.store.retention import prune
from tests.support.databases import KEY, Opened
from tests.support.desk import TODAY, WHO, count, moved
from tests.support.filings import filing
from tests.support.kept import CALLER, NOW


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


OLD = NOW - timedelta(days=30)


FOUND = [
    (Filter(), "abc"),
    (Filter(state="ready"), "b"),
    (Filter(state="denied"), ""),
    (Filter(payer="medicare"), "ab"),
    (Filter(payer="nobody"), ""),
    (Filter(policy="clinic-default"), "c"),
    (Filter(procedure="sacroiliac-joint-injection"), "b"),
    (Filter(missing="imaging"), "ab"),
    (Filter(missing="conservative-care"), "ab"),
    (Filter(missing="diagnosis"), "c"),
    (Filter(older_than_days=29), "a"),
    (Filter(older_than_days=30), ""),
    (Filter(newer_than_days=30), "abc"),
    (Filter(newer_than_days=29), "bc"),
    (Filter(patient="Patient/other"), "c"),
    (Filter(order="ServiceRequest/canary-order"), "abc"),
    (Filter(payer="medicare", missing="imaging", state="draft"), "a"),
]


@pytest.mark.parametrize(("wanted", "names"), FOUND, ids=lambda value: str(value)[:60])
def test_packets_are_found_by_what_a_team_looks_for(
    database_url: str, opened: Opened, wanted: Filter, names: str
) -> None:
    clock = Clock()
    store = opened(database_url, clock=clock)
    clinic = (CriterionLine("clinic-default", "", "diagnosis", "not-documented"),)
    clock.now = OLD
    made = {"a": store.packets.file(WHO, filing())}
    clock.now = NOW
    made["b"] = moved(store, store.packets.file(WHO, filing(procedure="sacroiliac-joint-injection")), "ready")
    made["c"] = store.packets.file(WHO, filing(patient="Patient/other", lines=clinic))
    found = store.packets.listed(CALLER, wanted, TODAY, 50)
    assert {packet.id for packet in found.packets} == {made[name].id for name in names}
    assert found.total == len(names)


def test_pages_of_the_list_hold_every_packet_once(store: Store) -> None:
    made = {store.packets.file(WHO, filing()).id for _ in range(5)}
    pages = [store.packets.listed(CALLER, Filter(), TODAY, 2, offset) for offset in (0, 2, 4, 6)]
    assert [len(page.packets) for page in pages] == [2, 2, 1, 0]
    assert {packet.id for page in pages for packet in page.packets} == made
    assert {page.total for page in pages} == {5}


def test_packets_go_with_all_they_have_when_their_last_change_is_old(database_url: str, opened: Opened) -> None:
    clock = Clock()
    store = opened(database_url, clock=clock)
    old, changed = (store.packets.file(WHO, filing()) for _ in range(2))
    store.accessed(Access(NOW, WHO, "read", old.id, 200, "answered"))
    clock.now = NOW + timedelta(days=10)
    moved(store, changed, "ready")
    gone = prune(store.database, NOW + timedelta(days=5))
    assert (gone.packets, gone.accesses) == (1, 1)
    with pytest.raises(UnknownPacket):
        store.packets.one(CALLER, old.id, TODAY)
    assert store.packets.one(CALLER, changed.id, TODAY).state == "ready"
    assert [count(store, table) for table in (PacketContent, PacketCriterion, PacketChange)] == [1, 3, 2]


def test_an_access_is_kept_with_its_outcome(store: Store) -> None:
    packet = uuid4()
    store.accessed(Access(NOW, WHO, "read application/pdf", packet, 403, "caller-forbidden"))
    with store.database.reading() as connection:
        (row,) = connection.execute(select(*PacketAccess.__table__.columns)).mappings().all()
    assert (row["action"], row["packet_id"], row["status"]) == ("read application/pdf", packet, 403)
    assert (row["word"], row["issuer"], row["user_type"]) == ("caller-forbidden", CALLER.issuer, "Practitioner")
    assert len(row["user_hash"]) == len(row["subject_hash"]) == 64


def test_words_of_one_packet_never_pass_for_anothers(store: Store) -> None:
    one, two = (store.packets.file(WHO, filing(page=page)).id for page in ("one", "two"))
    with store.database.writing() as connection:
        sealed = connection.execute(select(PacketContent.sealed).where(PacketContent.packet_id == two)).scalar_one()
        connection.execute(update(PacketContent).where(PacketContent.packet_id == one).values(sealed=sealed))
    with pytest.raises(StoreUnavailable, match="SPINE_CDS_HASH_KEY"):
        store.packets.content(CALLER, one)
    assert store.packets.content(CALLER, two).page == "two"


def test_with_another_key_nothing_is_opened(database_url: str, opened: Opened) -> None:
    packet = opened(database_url).packets.file(WHO, filing()).id
    other = opened(database_url, hash_key=KEY[::-1])
    with pytest.raises(StoreUnavailable, match="SPINE_CDS_HASH_KEY"):
        other.packets.one(CALLER, packet, TODAY)


def test_nobody_is_named_in_the_files_of_the_database(sqlite_store: Store) -> None:
    packet = sqlite_store.packets.file(WHO, filing(notes=(Note("w", "canary-note"),)))
    given = Authorization("canary-number", date(2027, 2, 1))
    move = Move("approved", "canary-reason", given)
    packet = moved(sqlite_store, packet, "ready", "submitted")
    packet = sqlite_store.packets.moved(WHO, packet.id, packet.version, move, TODAY)
    sqlite_store.packets.evaluated(WHO, packet.id, packet.version, filing(), TODAY)
    sqlite_store.accessed(
        Access(NOW, Who(replace(CALLER, subject="canary-subject"), "canary"), "read", UUID(int=1), 200, "x")
    )
    file = sqlite_store.database.file
    assert file is not None
    found = b"".join(path.read_bytes() for path in file.parent.iterdir()).lower()
    assert b"epidural-transforaminal" in found
    assert b"canary" not in found
    assert sqlite_store.packets.history(CALLER, packet.id, TODAY)[3].reason == "canary-reason"


def test_the_table_of_packets_holds_no_column_that_was_not_weighed(store: Store) -> None:
    """Whoever adds one decides whether it may stand open."""
    sealed_or_hashed = {"patient_hash", "order_hash", "words"}
    plain = {
        "id",
        "version",
        "created",
        "changed",
        "issuer",
        "tenant",
        "state",
        "content",
        "title",
        "procedure",
        "region",
    }
    plain |= {"laterality", "service_date", "policies", "content_version", "expires"}
    assert set(Packet.__table__.columns.keys()) == sealed_or_hashed | plain
