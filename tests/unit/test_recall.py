"""What is remembered of the engine's answers is what the engine would say again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rules import recall
from service.rules.driver import Firing, Handle, fact_body, written_fields
from service.rules.recall import Handles, Recall
from tests.support.programs import PAIRS

ITEM = PAIRS.as_json()["strata"][0]["handles"][0]
Batch = tuple[str, ...]


def facts(kind: str, *values: Any) -> Batch:
    return tuple(fact_body(kind, written_fields({"v": value}), ITEM["tested"][kind]) for value in values)


class Counted(Handle):
    """A handle that counts how often the engine is asked, and knows how many there are."""

    asked = 0
    built = 0

    def __init__(self, name: str, rules: Any) -> None:
        super().__init__(name, rules)
        Counted.built += 1

    def run(self) -> list[Firing]:
        """As `Handle.run`."""
        Counted.asked += 1
        return super().run()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    monkeypatch.setattr(recall, "Handle", Counted)
    Counted.asked = Counted.built = 0
    return Counted


def made(handles: Handles) -> Recall:
    return handles.of("pairs", ITEM["rules"])


def patient(known: Recall, *batches: Batch) -> list[list[tuple[int, int]]]:
    """Each batch's firings, as pairs of fact numbers."""
    try:
        return [sorted((match["a"], match["b"]) for _, match in known.run(batch)) for batch in batches]
    finally:
        known.clear()


def test_the_engine_is_asked_once_for_the_same_facts(counted: type[Counted]) -> None:
    known = made(Handles())
    for _ in range(3):
        assert patient(known, facts("x", 7, 8) + facts("y", 8)) == [[(2, 3)]]
    assert counted.asked == 1


def test_what_follows_remembered_facts_is_asked_with_them(counted: type[Counted]) -> None:
    known = made(Handles())
    patient(known, facts("x", 7), facts("y", 7))
    assert patient(known, facts("x", 7), facts("y", 8, 7)) == [[], [(1, 3)]]
    # The first batch was remembered: the engine heard it again only because the second was new.
    assert counted.asked == 4


@pytest.mark.parametrize("other", [5.0, "5", 6])
def test_an_integer_a_float_and_a_text_are_three_things(other: Any) -> None:
    known = made(Handles())
    assert patient(known, facts("x", 5) + facts("y", 5)) == [[(1, 2)]]
    fresh = patient(made(Handles()), facts("x", 5) + facts("y", other))
    assert patient(known, facts("x", 5) + facts("y", other)) == fresh


def test_rules_that_are_the_same_share_one_handle(counted: type[Counted]) -> None:
    handles = Handles()
    for name in ("one", "other"):
        patient(handles.of(name, dict(ITEM["rules"])), facts("x", 1) + facts("y", 1))
    assert (counted.built, counted.asked) == (1, 1)


def test_past_the_limit_everything_is_forgotten_and_asked_again(counted: type[Counted]) -> None:
    known = made(Handles(most=2))
    for value in (1, 2, 3, 1):
        assert patient(known, facts("x", value) + facts("y", value)) == [[(1, 2)]]
    assert counted.asked == 4


def test_what_is_forgotten_in_the_middle_of_a_patient_is_asked_to_the_end() -> None:
    known = made(Handles(most=1))
    for _ in range(2):
        assert patient(known, facts("x", 1), facts("y", 1), facts("y", 1)) == [[], [(1, 2)], [(1, 3)]]


def test_a_handle_is_built_when_a_patient_needs_it(counted: type[Counted]) -> None:
    known = made(Handles())
    assert counted.built == 0
    patient(known, facts("x", 1))
    assert counted.built == 1


BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from("xy"), st.integers(1, 2)), min_size=1, max_size=3), min_size=1, max_size=3
)


@given(patients=st.lists(BATCHES, max_size=8), most=st.integers(1, 6))
def test_a_handle_that_remembers_and_a_new_one_agree(patients: list[Any], most: int) -> None:
    known = made(Handles(most))
    for batches in patients:
        told = [sum((facts(kind, value) for kind, value in batch), ()) for batch in batches]
        assert patient(known, *told) == patient(made(Handles()), *told)
