"""Relief after a procedure: scores around it first, words about it else, and nothing where neither tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.reading import CPT, LOINC, coded, read, resource

BLOCK, ABLATION, EPIDURAL = "64493", "64635", "64483"
DAY = "2026-10-10"


def procedure(code: str = BLOCK, on: str = DAY, number: str = "1", **elements: Any) -> dict[str, Any]:
    return resource("Procedure", number, status="completed", code=coded(CPT, code), performedDateTime=on, **elements)


def score(value: float, on: str, number: str, code: str = "72514-3", **elements: Any) -> dict[str, Any]:
    made = resource("Observation", number, status="final", code=coded(LOINC, code), effectiveDateTime=on)
    return {**made, "valueQuantity": {"value": value, "unit": "{score}"}, **elements}


def noted(text: str) -> dict[str, Any]:
    return {"note": [{"text": text}]}


def known(*resources: Mapping[str, Any]) -> list[tuple[float, str]]:
    found = read(*resources).of("relief")
    return [(item["percent"], item["how"]) for item in sorted(found, key=lambda item: item["rank"])]


def test_scores_nearest_before_and_after_tell_the_relief() -> None:
    found = read(
        procedure(bodySite=[{"text": "left lumbar"}]),
        score(9, "2026-09-20", "1"),
        score(8, "2026-10-09", "2"),
        score(2, "2026-10-11", "3"),
        score(7, "2026-10-18", "4"),
    )
    fact = found.one("relief")
    assert (fact["percent"], fact["how"], fact["rank"], fact["age_days"]) == (75.0, "scores", 0, 43)
    assert (fact["concept"], fact["region"], fact["side"]) == ("medial-branch-block", "lumbar", "left")


def test_the_scores_are_cited_with_the_procedure() -> None:
    found = read(procedure(), score(8, "2026-10-09", "1"), score(2, DAY, "2"))
    (fact,) = [fact for fact in found.facts if fact.kind == "relief"]
    assert [(item.reference, item.label) for item in fact.sources] == [
        ("Observation/obs1", "pain score, 0 to 10: 8 (2026-10-09), before"),
        ("Observation/obs2", "pain score, 0 to 10: 2 (2026-10-10), after"),
        ("Procedure/pro1", "medial branch block, 2026-10-10, 75 % relief by pain scores"),
    ]


def test_words_are_quoted() -> None:
    found = read(procedure(**noted("Tolerated well. 80% relief for 6 hours.")))
    (fact,) = [fact for fact in found.facts if fact.kind == "relief"]
    assert fact.fields["how"] == "told"
    assert fact.sources[0].label == "medial branch block, “80% relief for 6 hours.” (2026-10-10)"


@pytest.mark.parametrize(
    ("scores", "percent"),
    [
        ([(8, "2026-09-10"), (2, DAY)], [75.0]),
        ([(8, "2026-09-09"), (2, DAY)], []),
        ([(8, "2026-10-09"), (2, "2026-10-24")], [75.0]),
        ([(8, "2026-10-09"), (2, "2026-10-25")], []),
        ([(8, DAY), (2, DAY)], [75.0]),
        ([(2, DAY), (8, DAY)], [75.0]),
        ([(8, DAY), (8, DAY)], []),
        ([(8, DAY), (2, "2026-10-11")], [75.0]),
        ([(8, DAY)], []),
        ([(8, "2026-10-09")], []),
        ([(2, "2026-10-11")], []),
        ([(6, "2026-10-09"), (8, DAY)], []),
        ([(8, "2026-10-09"), (7, DAY), (1, "2026-10-11")], [85.7]),
        ([(8, "2026-10-09"), (2, DAY)], [75.0]),
        ([(8, "2026-10-09"), (7, DAY)], []),
        ([(8, "2026-10-09"), (9, "2026-10-11")], []),
        ([(8, "2026-10-09"), (3, "2026-10-11")], [62.5]),
        ([(8, "2026-10-09"), (5, "2026-10-11")], []),
        ([(0, "2026-10-09"), (0, "2026-10-11")], []),
        ([(8, "2026-10-09"), (2, "2026-10")], []),
    ],
)
def test_which_scores_count_around_a_block(scores: list[tuple[float, str]], percent: list[float]) -> None:
    observed = [score(value, on, str(number)) for number, (value, on) in enumerate(scores)]
    assert [item for item, _ in known(procedure(), *observed)] == percent


def test_times_of_one_day_put_scores_in_order() -> None:
    block = procedure(on=f"{DAY}T10:00:00Z")
    assert known(block, score(3, f"{DAY}T09:00:00Z", "1"), score(6, f"{DAY}T11:00:00Z", "2")) == [(0.0, "scores")]
    assert known(block, score(6, f"{DAY}T09:00:00Z", "1"), score(3, f"{DAY}T11:00:00Z", "2")) == [(50.0, "scores")]


def test_a_score_that_may_be_of_before_gives_way_to_words() -> None:
    lone = (score(8, "2026-10-09", "1"), score(3, DAY, "2"))
    assert known(procedure(), *lone) == [(62.5, "scores")]
    assert known(procedure(**noted("85% relief for 5 hours.")), *lone) == [(85.0, "told")]


def test_a_late_score_proves_relief_but_not_its_absence() -> None:
    """The anaesthetic is over after hours; a patient in pain a week later may have had the best of answers."""
    before, lasting, back = score(8, "2026-10-09", "1"), score(2, "2026-10-17", "2"), score(7, "2026-10-17", "3")
    assert known(procedure(), before, lasting) == [(75.0, "scores")]
    assert known(procedure(), before, back) == []
    assert known(procedure(**noted("90% relief for 5 hours.")), before, back) == [(90.0, "told")]
    assert known(procedure(**noted("90% relief for 5 hours.")), before, lasting) == [(90.0, "told")]


@pytest.mark.parametrize(
    ("code", "on", "last", "late"),
    [
        (EPIDURAL, DAY, "2026-10-31", "2026-11-01"),
        ("27096", DAY, "2026-10-31", "2026-11-01"),
        (ABLATION, "2026-04-01", "2026-09-30", "2026-10-01"),
    ],
)
def test_a_score_from_when_the_effect_may_be_over_gives_way_to_words(code: str, on: str, last: str, late: str) -> None:
    """Half a year after an ablation, three weeks after any other injection, pain may have come back."""
    before, words = score(8, on.replace("-10-10", "-10-09"), "1"), noted("20% relief for one week.")
    assert known(procedure(code, on, **words), before, score(8, last, "2")) == [(0.0, "scores")]
    assert known(procedure(code, on, **words), before, score(8, late, "2")) == [(20.0, "told")]
    assert known(procedure(code, on), before, score(8, late, "2")) == []
    assert known(procedure(code, on, **words), before, score(2, late, "2")) == [(75.0, "scores")]


def test_scores_in_time_outweigh_words() -> None:
    scores = (score(8, DAY, "1"), score(2, DAY, "2"))
    assert known(procedure(**noted("90% relief for 5 hours.")), *scores) == [(75.0, "scores")]
    timed = (score(6, f"{DAY}T09:00:00Z", "1"), score(6, f"{DAY}T12:00:00Z", "2"))
    block = procedure(on=f"{DAY}T10:00:00Z", **noted("90% relief for 5 hours."))
    assert known(block, *timed) == [(0.0, "scores")]


def test_scores_of_one_scale_are_compared() -> None:
    words = {"code": {"text": "leg pain score"}}
    assert known(procedure(), score(8, "2026-10-09", "1"), {**score(2, DAY, "2"), **words}) == []


def test_outcome_and_note_the_best_counts() -> None:
    block = procedure(outcome={"text": "Partial: 60% relief"}, **noted("At one hour 85% relief."))
    assert known(block) == [(85.0, "told")]


def test_two_blocks_each_have_their_own_scores() -> None:
    found = known(
        procedure(on="2026-10-10", number="1"),
        procedure(on="2026-10-24", number="2"),
        score(8, "2026-10-09", "1"),
        score(1, "2026-10-10", "2"),
        score(6, "2026-10-23", "3"),
        score(3, "2026-10-24", "4"),
    )
    assert found == [(50.0, "scores"), (87.5, "scores")]


def test_the_effect_of_the_first_block_is_no_baseline_of_the_second() -> None:
    found = known(
        procedure(on="2026-10-10", number="1"),
        procedure(on="2026-10-24", number="2"),
        score(8, "2026-10-09", "1"),
        score(1, "2026-10-10", "2"),
        score(2, "2026-10-24", "3"),
    )
    assert found == [(75.0, "scores"), (87.5, "scores")]


def test_rank_is_that_of_the_procedure() -> None:
    found = read(procedure(on="2026-10-24", number="2"), procedure(**noted("80% relief.")))
    assert [(item["rank"], item["age_days"]) for item in found.of("relief")] == [(1, 43)]
    assert [(item["rank"], item["age_days"]) for item in found.of("unmeasured")] == [(0, 29)]
    assert {(item["rank"], item["age_days"]) for item in found.of("procedure")} == {(0, 29), (1, 43)}


def test_an_ablation_is_judged_after_two_weeks_and_by_how_long_it_lasts() -> None:
    found = read(
        procedure(ABLATION, "2026-01-10"),
        score(8, "2025-12-20", "1"),
        score(7, "2026-01-20", "2"),
        score(3, "2026-02-10", "3"),
        score(4, "2026-07-20", "4"),
        score(6, "2026-09-20", "5"),
    )
    fact = found.one("relief")
    assert (fact["percent"], fact["weeks"]) == (62.5, 27)


def test_the_score_on_the_day_of_an_epidural_is_not_its_effect() -> None:
    assert known(procedure(EPIDURAL), score(8, "2026-10-09", "1"), score(1, DAY, "2")) == []
    assert known(procedure(EPIDURAL), score(8, DAY, "1"), score(4, "2026-10-24", "2")) == [(50.0, "scores")]
    before, after = score(8, "2026-10-09", "1"), score(6, "2026-10-24", "3")
    assert known(procedure(EPIDURAL), before, score(8, DAY, "2"), after) == [(25.0, "scores")]
    assert known(procedure(EPIDURAL), before, score(1, DAY, "2"), after) == [(25.0, "scores")]


def test_weeks_told_of_half_the_relief_count() -> None:
    found = read(procedure(ABLATION, "2026-01-10", **noted("80% relief for 2 months. 55% relief for 7 months.")))
    assert (found.one("relief")["percent"], found.one("relief")["weeks"]) == (80.0, 30)


def test_what_was_not_done_or_tells_nothing_has_no_relief() -> None:
    assert known(procedure(**noted("80% relief.")) | {"status": "not-done"}) == []
    assert known(procedure(**noted("Tolerated well."))) == []
    assert known(procedure(on="2027-01-01", **noted("80% relief."))) == []


def test_a_code_of_two_approaches_gives_way_to_its_words() -> None:
    made = procedure(**noted("80% relief.")) | {"code": coded(CPT, BLOCK, "Lumbar facet joint injection")}
    found = read(made)
    assert found.one("relief")["concept"] == "facet-joint-injection"
    assert [item["concept"] for item in found.of("procedure")] == ["facet-joint-injection"]
