"""Whatever the order in which feedback comes, in whatever batches, and however often: the report is the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from service.errors import MalformedRequest
from service.hooks.feedback import read
from service.settings import Settings
from service.store.kept import Store, open_store
from service.store.models import Feedback
from service.store.records import FeedbackItem
from service.store.report import report
from service.store.told import Days
from tests.support.kept import CALLER, NOW, OFFER, call, card

CARDS = [UUID(int=number) for number in range(1, 5)]
UNKNOWN = UUID(int=9)


@st.composite
def items(draw: st.DrawFn) -> FeedbackItem:
    outcome = draw(st.sampled_from(["accepted", "overridden"]))
    return FeedbackItem(
        card=str(draw(st.sampled_from([*CARDS, UNKNOWN]))),
        outcome=outcome,
        at=NOW + timedelta(minutes=draw(st.integers(0, 3))),
        suggestions=(OFFER,) if outcome == "accepted" else (),
        reason_code=draw(st.sampled_from(["", "agreed", "outdated"])),
        comment=draw(st.sampled_from(["", "x"])),
    )


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = ("card", "outcome", "outcomeTimestamp", "acceptedSuggestions", "overrideReason")
LIKELY = st.sampled_from(["accepted", "overridden", "2026-11-22T09:00:00Z", {"userComment": "x"}, [{"id": "x"}]])


@given(st.lists(JUNK | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, LIKELY | JUNK)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_J2_whatever_is_sent_each_item_is_taken_or_named(sent: list[object]) -> None:
    good, faults = read({"feedback": sent})
    assert len(good) + len(faults) == len(sent)


@given(JUNK)
@settings(max_examples=200, deadline=None)
def test_J1_whatever_is_sent_is_feedback_or_refused_as_none(sent: object) -> None:
    try:
        read(sent)
    except MalformedRequest:
        return
    assert isinstance(sent, dict)
    assert isinstance(sent["feedback"], list)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = open_store(Settings(database=f"sqlite:///{tmp_path_factory.mktemp('kept')}/kept.sqlite"))
    assert made is not None
    rules = (("safety/a",), ("safety/a", "safety/b"), ("procedures/c",), ("safety/b", "procedures/c"))
    for number, (uuid, named) in enumerate(zip(CARDS, rules, strict=True)):
        made.record(call(card(uuid, *named), time=NOW - timedelta(days=20 * number)))
    made.writer.settle()
    yield made
    made.close()


def reported(store: Store, batches: list[list[FeedbackItem]]) -> tuple[dict[str, object], int]:
    """The report after these batches, and how many items were new."""
    with store.database.writing() as connection:
        connection.execute(delete(Feedback))
    new = sum(store.feedback("spine-orders", CALLER, batch).stored for batch in batches)
    with store.database.reading() as connection:
        return report(connection, Days()).as_json(), new


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_J4_repeats_and_order_change_no_report(store: Store, data: st.DataObject) -> None:
    told = data.draw(st.lists(items(), min_size=1, max_size=8))
    repeated = told + data.draw(st.lists(st.sampled_from(told), max_size=8))
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))
    expected, distinct = reported(store, [told])
    assert reported(store, [shuffled[:cut], shuffled[cut:]]) == (expected, distinct)
    assert distinct == len(set(told))
    counted = sum(rule["accepted"] + rule["overridden"] for rule in expected["rules"])  # type: ignore[attr-defined]
    shown_rules = {str(CARDS[0]): 1, str(CARDS[1]): 2, str(CARDS[2]): 1, str(CARDS[3]): 2}
    assert counted == sum(shown_rules.get(uuid, 0) for uuid in {item.card for item in told})
    assert expected["unknown_cards"] == int(str(UNKNOWN) in {item.card for item in told})
