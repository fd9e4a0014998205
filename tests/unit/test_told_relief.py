"""Relief in running text: what ties a number to relief counts, and nothing else does."""

from __future__ import annotations

import pytest

from service.terminology.told_relief import eased
from tests.support.reading import reader

BELOW_HALF, NEARLY = 49.999999, 79.999999
SAID: list[tuple[str, float]] = [
    ("80% relief", 80),
    ("Patient reports 80% pain relief for 6 hours.", 80),
    ("greater than 80% relief of index pain", 80),
    ("≥ 80 % relief", 80),
    (">80% relief, second block booked", 80),
    ("Patient had > 80% relief and will proceed with second block", 80),
    ("greater than 50 percent improvement", 50),
    ("roughly 60 per cent pain relief", 60),
    ("at least 50% improvement in pain", 50),
    ("80-90% relief", 80),
    ("80% to 90% improvement", 80),
    ("Pain reduced by 70%.", 70),
    ("relief of approximately 90% for the duration of the anesthetic", 90),
    ("Relief: 80%", 80),
    ("Relief (85%) for 5 hours", 85),
    ("Percent relief: 80", 80),
    ("% pain relief = 80", 80),
    ("no more than 30% relief", 30 - 1e-6),
    ("less than 50% relief", BELOW_HALF),
    ("nearly 80% relief", NEARLY),
    ("feels 80% better", 80),
    ("80% relief of pain with walking", 80),
    ("80% relief with return of pain after 6 hours", 80),
    ("50% improvement in pain and function", 50),
    ("80% relief and 50% improvement in function", 80),
    ("Second diagnostic block: 80% relief", 80),
    ("No complications and 80% relief", 80),
    ("Pain diary: 70% relief at 30 minutes, 40% relief at 6 hours", 70),
    ("no relief from the block", 0),
    ("Block did not help.", 0),
    ("Complete relief for 4 hours", 100),
    ("pain-free for 3 hours", 100),
    ("pain 8/10 to 2/10", 75),
    ("8/10 → 2/10", 75),
    ("Pain went from 8 to 2.", 75),
    ("pain decreased to 2/10 from 8/10", 75),
    ("Pre-procedure pain 8/10, post-procedure pain 2/10", 75),
    ("Pre-procedure pain score 8/10. Post-procedure pain score 2/10.", 75),
    ("Pain 8/10 before, 2/10 after", 75),
    ("3/10 post procedure (was 9/10 pre)", 66.6),
    ("NRS 7-8/10 pre-block, 1-2/10 post-block", 71.4),
    ("Pre-injection pain 6/10; post-injection pain 7/10", 0),
]
UNSAID = [
    "less than 80% relief",
    "up to 80% relief",
    "Goal: 80% relief",
    "Will proceed to ablation if >80% relief",
    "80% relief required for ablation",
    "We discussed that 50-70% relief may be expected",
    "Discussed that the injection may provide 80% relief",
    "Previous block gave 80% relief",
    "First block: 80% relief",
    "60% relief was reported after the previous injection",
    "History: 80% relief with a block. 90% relief then.",
    "did not achieve 80% relief",
    "Patient denies 80% relief",
    "nearly complete relief",
    "not pain free",
    "50% improvement in function",
    "Sleep improved 50%",
    "50% reduction in opioid use",
    "60% relief from gabapentin",
    "no relief with physical therapy and NSAIDs",
    "Tried PT for six weeks but no relief",
    "Conservative care for 6 weeks: no relief",
    "no relief beyond 6 hours",
    "lidocaine 1% used",
    "relief 1% lidocaine",
    "0.5% bupivacaine 0.5 mL at each level",
    "SpO2 98% on room air, tolerated well",
    "120% relief",
    "80%",
    "20% of the pain remains",
    "pain reduced to 20%",
    "significant relief",
    "pain 4/10 to 5/10",
    "Pain ranges from 3 to 7",
    "pain improved from 8 to 2 weeks",
    "30 minutes post block pain 2/10",
    "Average pain before 8/10 and 3/10 afterwards",
]


def told(text: str, is_outcome: bool = False, earliest: bool = False) -> list[float]:
    return [item.percent for item in reader().relief.told(text, is_outcome, earliest, 50.0)]


@pytest.mark.parametrize(("text", "percent"), SAID)
def test_relief_is_read(text: str, percent: float) -> None:
    assert max(told(text)) == pytest.approx(percent, abs=1e-9)


@pytest.mark.parametrize("text", UNSAID)
def test_what_tells_no_relief_is_left_unknown(text: str) -> None:
    assert told(text) == []


def test_bare_words_count_in_an_outcome_only() -> None:
    assert told("No relief", is_outcome=True) == [0.0]
    assert told("No relief") == []


def test_the_first_block_is_this_one_when_nothing_came_before() -> None:
    assert told("First diagnostic block: 85% relief", earliest=True) == [85.0]


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("60% relief for 6 months", 26),
        ("60% pain relief lasting 9 months", 39),
        ("at least 60% relief x 8-10 weeks", 8),
        ("55% relief for 7 months after radiofrequency", 30),
        ("80% relief for less than 2 weeks", -1),
        ("80% relief for 6 hours", -1),
        ("80% relief 6 weeks after the procedure", -1),
    ],
)
def test_how_long_it_lasted(text: str, weeks: int) -> None:
    assert [item.weeks for item in reader().relief.told(text, False, False, 50.0)] == [weeks]


def test_relief_is_quoted_as_it_stands() -> None:
    (item,) = reader().relief.told("Tolerated well. Patient reports 80% Relief today.", False, False, 50.0)
    assert item.quote == "Patient reports 80% Relief today."


@pytest.mark.parametrize(
    ("before", "after", "percent"), [(8, 2, 75), (5, 1, 80), (9, 2, 77.7), (3, 1, 66.6), (8, 9, 0), (6, 3, 50)]
)
def test_relief_of_two_scores_is_not_rounded_up(before: float, after: float, percent: float) -> None:
    assert eased(before, after) == percent
