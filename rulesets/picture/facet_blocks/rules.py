"""Relief after medial branch blocks → answers, and two good ones of one side → a response."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

BLOCK = (m.concept == "medial-branch-block") & (m.region != "")


def rules(p: Values) -> Iterator[Rule]:
    clinic, payers = float(p("relief_clinic")), float(p("relief_medicare"))
    known = (m.k == "relief") & BLOCK
    yield _answer("good", "strong", known & (m.percent >= clinic) & (m.percent >= payers), c.block.percent)
    yield _answer("good", "half", known & (m.percent >= clinic) & (m.percent < payers), c.block.percent)
    yield _answer("poor", "", known & (m.percent < clinic), c.block.percent)
    yield _answer("unknown", "", (m.k == "unmeasured") & BLOCK, -1.0)
    yield from _responses()
    yield from _disputes()
    for pattern in ("facet", "axial"):
        pain = (m.k == "pain") & (m.pattern == pattern) & (m.region != "") & (m.onset_days >= p("pain_days"))
        yield when_all(c.pain << pain).derive("lasting-pain", region=c.pain.region)
    recent = (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0) & (m.age_days <= p("now_days"))
    for level, test in (("high", m.value >= p("pain_again")), ("low", m.value < p("pain_again"))):
        yield when_all(c.score << recent & test).derive(
            "pain-now", level=level, value=c.score.value, age_days=c.score.age_days
        )


def _answer(answer: str, grade: str, block: Any, percent: Any) -> Rule:
    return when_all(c.block << block).derive(
        "block-answer",
        region=c.block.region,
        side=c.block.side,
        answer=answer,
        grade=grade,
        rank=c.block.rank,
        age_days=c.block.age_days,
        percent=percent,
    )


def _responses() -> Iterator[Rule]:
    """Two sessions of one side; a bilateral one speaks for either, one of unknown side leaves the side unknown."""
    good = (m.k == "block-answer") & (m.answer == "good")
    second = good & (m.region == c.first.region) & (m.rank > c.first.rank)
    both, one = (m.side == "bilateral"), (m.side != "") & (m.side != "bilateral")
    for first, other, side in (
        (good, second & (m.side == c.first.side), c.first.side),
        (good & both, second & (m.side != "") & (m.side != c.first.side), c.second.side),
        (good & one, second & (m.side == "bilateral"), c.first.side),
        (good & (m.side == ""), second & (m.side != ""), ""),
        (good & (m.side != ""), second & (m.side == ""), ""),
    ):
        yield when_all(c.first << first, c.second << other).derive(
            "block-pair", region=c.first.region, side=side, one=c.first.grade, other=c.second.grade
        )
    pair = m.k == "block-pair"
    for test, grade in (
        ((m.one == "strong") & (m.other == "strong"), "strong"),
        ((m.one == "half"), "half"),
        ((m.one == "strong") & (m.other == "half"), "half"),
    ):
        yield when_all(c.pair << pair & test).derive(
            "facet-response", region=c.pair.region, side=c.pair.side, grade=grade
        )


def _disputes() -> Iterator[Rule]:
    """A good and a poor answer that may be of one side."""
    poor, good = (m.k == "block-answer") & (m.answer == "poor"), (m.k == "block-answer") & (m.answer == "good")
    wide = (m.side == "") | (m.side == "bilateral")
    here = m.region == c.poor.region
    for pair in (
        (c.poor << poor, c.good << good & here & (m.side == c.poor.side)),
        (c.poor << poor & wide, c.good << good & here),
        (c.wide << good & wide, c.poor << poor & (m.region == c.wide.region)),
    ):
        yield when_all(*pair).derive("facet-dispute", region=c.poor.region)
