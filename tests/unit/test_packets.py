"""Packets as they are kept, on both databases: states, versions, contents, history, filters, retention, secrecy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from service.caller import Caller
from service.errors import MalformedRequest
from service.packet_errors import PacketChanged, PacketRefused, StepNotAllowed, UnknownPacket
from service.store.kept import Store
from service.store.packet_models import Packet, PacketChange, PacketContent, PacketCriterion
from service.store.packet_records import Authorization, CriterionLine, Filter, Kept, Note, Who
from service.store.packets import LAST_DAY_PASSED, Move
from service.store.states import STATES, STEPS, State, step
from tests.support.databases import Opened
from tests.support.desk import TODAY, WHO, WHY, count, moved
from tests.support.filings import filing
from tests.support.kept import CALLER

# The way there from a new packet.
WAYS: dict[State, tuple[State, ...]] = {
    "draft": (),
    "ready": ("ready",),
    "submitted": ("ready", "submitted"),
    "pended": ("ready", "submitted", "pended"),
    "approved": ("ready", "submitted", "approved"),
    "denied": ("ready", "submitted", "denied"),
    "expired": ("ready", "submitted", "approved", "expired"),
}


def test_a_packet_is_kept_as_a_draft_and_found_again(store: Store) -> None:
    notes = (Note("payer-unknown", "The payer is not known."),)
    made = store.packets.file(WHO, filing(notes=notes))
    assert (made.state, made.version, made.content) == ("draft", 1, 1)
    assert (made.order, made.patient) == ("ServiceRequest/canary-order", "Patient/canary-patient")
    assert store.packets.one(CALLER, made.id, TODAY) == made
    content = store.packets.content(CALLER, made.id)
    assert (content.document, content.page, content.notes) == (filing().document, filing().page, notes)
    assert content.raw_order == filing().raw_order


def test_what_the_database_does_not_take_is_refused_and_nothing_is_kept(store: Store) -> None:
    wrong = replace(filing(), service_date="someday")  # type: ignore[arg-type]
    with pytest.raises(PacketRefused):
        store.packets.file(WHO, wrong)
    assert count(store, Packet) == count(store, PacketChange) == 0


@pytest.mark.parametrize("other", [Caller(), replace(CALLER, issuer="https://other"), replace(CALLER, tenant="south")])
def test_a_packet_of_another_site_is_as_unknown_as_one_that_never_was(store: Store, other: Caller) -> None:
    made = store.packets.file(WHO, filing())
    for packet in (made.id, uuid4()):
        with pytest.raises(UnknownPacket):
            store.packets.one(other, packet, TODAY)
        with pytest.raises(UnknownPacket):
            store.packets.content(other, packet, 1)
        with pytest.raises(UnknownPacket):
            store.packets.history(other, packet, TODAY)
        with pytest.raises(UnknownPacket):
            store.packets.moved(Who(other), packet, 1, Move("ready"), TODAY)
        with pytest.raises(UnknownPacket):
            store.packets.evaluated(Who(other), packet, 1, filing(), TODAY)
    assert store.packets.listed(other, Filter(), TODAY, 50).total == 0
    assert store.packets.one(CALLER, made.id, TODAY).version == 1


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_only_the_steps_of_the_table_can_be_taken(sqlite_store: Store, state: State, to: State) -> None:
    packet = moved(sqlite_store, sqlite_store.packets.file(WHO, filing()), *WAYS[state])
    if step(state, to):
        after = moved(sqlite_store, packet, to)
        assert (after.state, after.version) == (to, packet.version + 1)
    else:
        possible = ", ".join(item.to for item in STEPS[state])
        with pytest.raises(StepNotAllowed, match=possible):
            moved(sqlite_store, packet, to)
        assert sqlite_store.packets.one(CALLER, packet.id, TODAY) == packet


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(STEPS) == set(STATES) == set(WAYS)
    reached = {"draft"} | {item.to for steps in STEPS.values() for item in steps}
    assert reached == set(STATES)


@pytest.mark.parametrize(
    ("state", "to"), [(state, item.to) for state, steps in STEPS.items() for item in steps if item.reason]
)
def test_a_step_back_or_to_a_bad_end_needs_a_reason(sqlite_store: Store, state: State, to: State) -> None:
    packet = moved(sqlite_store, sqlite_store.packets.file(WHO, filing()), *WAYS[state])
    with pytest.raises(MalformedRequest, match="needs a reason"):
        sqlite_store.packets.moved(WHO, packet.id, packet.version, Move(to), TODAY)
    assert moved(sqlite_store, packet, to).state == to


def test_the_table_asks_for_a_reason_at_least_where_it_ends_badly_or_goes_back() -> None:
    order = ["draft", "ready", "submitted", "pended", "approved"]
    for state, steps in STEPS.items():
        for item in steps:
            back = state in order and item.to in order and order.index(item.to) < order.index(state)
            if item.to in ("denied", "expired", "pended") or (back and (state, item.to) != ("pended", "submitted")):
                assert item.reason, (state, item.to)


def test_what_the_payer_gave_is_kept_with_the_approval_and_goes_with_it(store: Store) -> None:
    packet = moved(store, store.packets.file(WHO, filing()), "ready", "submitted")
    approved = moved(store, packet, "approved")
    assert approved.authorization == Authorization("", None)  # nothing is invented
    told = moved(store, approved, "approved", authorization=Authorization("canary-A1"))
    assert told.authorization == Authorization("canary-A1", None)
    later = moved(store, told, "approved", authorization=Authorization(expires=date(2027, 2, 1)))
    assert later.authorization == Authorization("canary-A1", date(2027, 2, 1))
    assert moved(store, later, "submitted").authorization == Authorization("", None)
    given = [change.authorization for change in store.packets.history(CALLER, packet.id, TODAY)][3:]
    assert given == [
        Authorization(),
        Authorization("canary-A1"),
        Authorization("", date(2027, 2, 1)),
        Authorization(),
    ]


@pytest.mark.parametrize("given", [Authorization("A1"), Authorization(expires=TODAY)])
@pytest.mark.parametrize("state", ["ready", "submitted", "pended", "denied"])
def test_an_authorization_without_an_approval_is_refused(
    sqlite_store: Store, state: State, given: Authorization
) -> None:
    packet = moved(sqlite_store, sqlite_store.packets.file(WHO, filing()), *WAYS[state][:-1])
    with pytest.raises(MalformedRequest, match="approved only"):
        moved(sqlite_store, packet, state, authorization=given)


def test_an_approval_expires_after_its_last_day_and_once(store: Store) -> None:
    packet = moved(store, store.packets.file(WHO, filing()), "ready", "submitted")
    approved = moved(store, packet, "approved", authorization=Authorization("canary-A1", TODAY))
    assert store.packets.one(CALLER, approved.id, TODAY).state == "approved"
    tomorrow = TODAY + timedelta(days=1)
    for _ in range(2):
        (found,) = store.packets.listed(CALLER, Filter(state="expired"), tomorrow, 50).packets
        assert (found.state, found.version) == ("expired", approved.version + 1)
        assert found.authorization == approved.authorization
    last = store.packets.history(CALLER, packet.id, tomorrow)[-1]
    assert (last.what, last.from_, last.to, last.user, last.reason) == (
        "expired",
        "approved",
        "expired",
        "",
        LAST_DAY_PASSED,
    )
    assert sum(change.what == "expired" for change in store.packets.history(CALLER, packet.id, tomorrow)) == 1
    with pytest.raises(PacketChanged):
        store.packets.moved(WHO, packet.id, approved.version, Move("submitted", WHY), tomorrow)


def test_an_approval_without_a_last_day_never_expires(sqlite_store: Store) -> None:
    packet = moved(sqlite_store, sqlite_store.packets.file(WHO, filing()), *WAYS["approved"])
    assert sqlite_store.packets.one(CALLER, packet.id, date(2099, 1, 1)).state == "approved"


@pytest.mark.parametrize("state", STATES)
def test_new_data_make_a_new_content_beside_the_old(sqlite_store: Store, state: State) -> None:
    store = sqlite_store
    packet = moved(store, store.packets.file(WHO, filing()), *WAYS[state])
    lines = (CriterionLine("medicare-epidural", "medicare", "imaging", "met"),)
    after = store.packets.evaluated(WHO, packet.id, packet.version, filing(lines=lines, page="new"), TODAY)
    assert (after.content, after.version, after.lines) == (2, packet.version + 1, lines)
    assert after.state == ("draft" if state == "ready" else state)
    assert after.authorization == packet.authorization
    assert [store.packets.content(CALLER, packet.id, number).page for number in (1, 2, 0)] == [
        filing().page,
        "new",
        "new",
    ]
    last = store.packets.history(CALLER, packet.id, TODAY)[-1]
    assert (last.what, last.from_, last.to, last.content) == ("evaluated", state, after.state, 2)
    with pytest.raises(UnknownPacket):
        store.packets.content(CALLER, packet.id, 3)


def test_the_number_of_an_approval_survives_new_data(store: Store) -> None:
    packet = moved(store, store.packets.file(WHO, filing()), "ready", "submitted")
    given = Authorization("canary-A1", date(2027, 2, 1))
    approved = moved(store, packet, "approved", authorization=given)
    assert store.packets.evaluated(WHO, packet.id, approved.version, filing(), TODAY).authorization == given


def test_a_change_of_a_version_that_is_no_more_is_refused(store: Store) -> None:
    packet = store.packets.file(WHO, filing())
    moved(store, packet, "ready")
    with pytest.raises(PacketChanged):
        moved(store, packet, "ready")
    with pytest.raises(PacketChanged):
        store.packets.evaluated(WHO, packet.id, packet.version, filing(), TODAY)
    assert count(store, PacketContent) == 1
    assert count(store, PacketCriterion) == 3


def test_of_two_who_change_one_packet_at_once_one_does(database_url: str, opened: Opened) -> None:
    stores = [opened(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            packet = stores[0].packets.file(WHO, filing())

            def one(store: Store, packet: Kept = packet) -> str:
                try:
                    return moved(store, packet, "ready").state
                except PacketChanged:
                    return "changed"

            assert sorted(pool.map(one, stores)) == ["changed"] * 3 + ["ready"]
            history = stores[0].packets.history(CALLER, packet.id, TODAY)
            assert [change.what for change in history] == ["created", "moved"]


def test_the_history_says_who_when_what_and_why(store: Store) -> None:
    packet = moved(store, store.packets.file(WHO, filing()), "ready", "submitted", "pended")
    changes = store.packets.history(CALLER, packet.id, TODAY)
    assert [(change.from_, change.to) for change in changes] == [
        ("", "draft"),
        ("draft", "ready"),
        ("ready", "submitted"),
        ("submitted", "pended"),
    ]
    assert {change.user_type for change in changes} == {"Practitioner"}
    (user,) = {change.user for change in changes}
    assert len(user) == 64
    assert [change.reason for change in changes] == ["", WHY, WHY, WHY]
    other = store.packets.file(Who(CALLER, "Practitioner/other"), filing())
    (made,) = store.packets.history(CALLER, other.id, TODAY)
    assert made.user != user
