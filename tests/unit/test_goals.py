"""Goals: what a patient is meant to be able to do again, and whether that is still ahead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import read, resource


def goal(text: str = "Walk 30 minutes without stopping", number: str = "1", **elements: Any) -> dict[str, Any]:
    base = {"lifecycleStatus": "active", "description": {"text": text}}
    return resource("Goal", number, **{**base, **elements})


@pytest.mark.parametrize(
    ("elements", "state", "rank"),
    [
        ({}, "ahead", 0),
        ({"lifecycleStatus": "proposed"}, "ahead", 0),
        ({"lifecycleStatus": "on-hold"}, "ahead", 0),
        ({"achievementStatus": {"coding": [{"code": "in-progress"}]}}, "ahead", 0),
        ({"achievementStatus": {"coding": [{"code": "achieved"}]}}, "reached", -1),
        ({"achievementStatus": {"text": "Sustaining"}}, "reached", -1),
        ({"lifecycleStatus": "completed"}, "over", -1),
        ({"lifecycleStatus": "cancelled"}, "over", -1),
    ],
)
def test_a_goal_is_ahead_until_it_is_reached_or_over(elements: dict[str, Any], state: str, rank: int) -> None:
    item = read(goal(**elements)).one("goal")
    assert (item["state"], item["rank"], item["concept"]) == (state, rank, "walking")


@pytest.mark.parametrize("status", ["entered-in-error", "rejected"])
def test_a_goal_that_was_never_meant_is_not_used(status: str) -> None:
    found = read(goal(lifecycleStatus=status))
    assert found.of("goal") == []
    assert not found.gap(f"is {status}").matters


def test_only_goals_of_function_are_read() -> None:
    found = read(goal("Lose 10 kg"), goal("HbA1c below 7 %", "2"))
    assert found.of("goal") == []
    assert found.problems == []


def test_goals_ahead_are_counted_each_once() -> None:
    done = goal("Stand for an hour", "2", lifecycleStatus="completed")
    found = read(goal("Walk to work and sit through a shift"), done, goal("Sleep through the night", "3"))
    assert sorted(item["rank"] for item in found.of("goal")) == [-1, 0, 1]


def test_a_goal_is_cited_with_its_day() -> None:
    (fact,) = [fact for fact in read(goal(startDate="2026-11-01")).facts if fact.kind == "goal"]
    assert [item.label for item in fact.sources] == ["walking, goal (2026-11-01), recognised by its words"]


def test_a_goal_of_another_patient_is_reported_and_not_used() -> None:
    found = read(goal(subject={"reference": "Patient/p2"}))
    assert found.of("goal") == []
    assert "belongs to another patient" in found.problems[0]


def test_goals_of_the_orders_note_count_once_beside_those_on_record() -> None:
    order = resource(
        "ServiceRequest", "o1", status="draft", note=[{"text": "Goals: walk and cook. Aim: sleep"}, {}, "x"]
    )
    found = read(goal("Walk to work"), orders=[order])
    ranks = {item["concept"]: item["rank"] for item in found.of("goal")}
    assert (len(found.of("goal")), ranks["walking"]) == (3, 0)
    assert sorted([ranks["daily-life"], ranks["sleeping"]]) == [1, 2]
