"""A request, the newest scores and the goals → whether there is a baseline, and something to reach."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block", "facet", "sacroiliac", "trigger-point", "sympathetic")
SCALES = ("pain-scores", "function-scores")
# One of them is enough, save where the payer asks for both.
ONE = 1
# No goals are asked for.
NOT_ASKED = "none"


def rules(p: Values) -> Iterator[Rule]:
    asked = (m.k == "request") & one_of("family", FAMILIES)
    request, days = c.request << asked, p("baseline_days")
    for of, scales in ((m.family == "facet", p("facet_scales")), (m.family != "facet", ONE)):
        yield when_all(c.request << asked & of).derive("scales-asked", family=c.request.family, scales=scales)
    for scores in SCALES:
        score = c.score << _newest(scores)
        yield when_all(request, _scales(ONE), score & (m.age_days <= days)).conclude("met")
        yield when_all(request, score & (m.age_days > days)).conclude("old")
    yield from _both(request, days)
    unscored = (
        c.no_pain << absent("observation", set="pain-scores"),
        c.no_function << absent("observation", set="function-scores"),
    )
    yield when_all(request, *unscored).conclude("none")
    if p("goals_asked") != NOT_ASKED:
        yield from _goals(request, p("goals_asked"))


def _newest(scores: str) -> Any:
    return (m.k == "observation") & (m.set == scores) & (m.rank == 0)


def _scales(number: int) -> Any:
    return c.asked << (m.k == "scales-asked") & (m.scales == number) & (m.family == c.request.family)


def _both(request: Any, days: int) -> Iterator[Rule]:
    """Where the payer asks for a scale of pain and one of disability."""
    pain, function = (_newest(scores) & (m.age_days <= days) for scores in SCALES)
    two = _scales(len(SCALES))
    yield when_all(request, two, c.score << pain, c.function << function).conclude("both")
    for score, other, outcome in ((pain, SCALES[1], "pain-only"), (function, SCALES[0], "function-only")):
        yield when_all(request, two, c.score << score, c.other << absent("observation", set=other)).conclude(outcome)


def _goals(request: Any, asked: int) -> Iterator[Rule]:
    ahead = (m.k == "goal") & (m.set == "functional-goals") & (m.state == "ahead")
    goals = [getattr(c, f"goal_{rank}") << ahead & (m.rank == rank) for rank in range(asked)]
    yield when_all(request, *goals).conclude("goals")
    enough = absent("goal", set="functional-goals", state="ahead", rank=str(asked - 1))
    yield when_all(request, c.goal_0 << ahead & (m.rank == 0), c.enough << enough).conclude("few-goals")
    yield when_all(request, c.none << absent("goal", set="functional-goals", state="ahead")).conclude("no-goals")
