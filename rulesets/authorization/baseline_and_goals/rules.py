"""A request, the newest scores and the goals → whether there is a baseline, and something to reach."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block", "facet", "sacroiliac", "trigger-point", "sympathetic")


# No goals are asked for.
NOT_ASKED = "none"


def rules(p: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "request") & reduce(or_, (m.family == family for family in FAMILIES))
    for scores in ("pain-scores", "function-scores"):
        score = c.score << (m.k == "observation") & (m.set == scores) & (m.rank == 0)
        yield when_all(request, score & (m.age_days <= p("baseline_days"))).conclude("met")
        yield when_all(request, score & (m.age_days > p("baseline_days"))).conclude("old")
    unscored = (
        c.no_pain << absent("observation", set="pain-scores"),
        c.no_function << absent("observation", set="function-scores"),
    )
    yield when_all(request, *unscored).conclude("none")
    if p("goals_asked") != NOT_ASKED:
        yield from _goals(request, p("goals_asked"))


def _goals(request: Any, asked: int) -> Iterator[Rule]:
    ahead = (m.k == "goal") & (m.set == "functional-goals") & (m.state == "ahead")
    goals = [getattr(c, f"goal_{rank}") << ahead & (m.rank == rank) for rank in range(asked)]
    yield when_all(request, *goals).conclude("goals")
    enough = absent("goal", set="functional-goals", state="ahead", rank=str(asked - 1))
    yield when_all(request, c.goal_0 << ahead & (m.rank == 0), c.enough << enough).conclude("few-goals")
    yield when_all(request, c.none << absent("goal", set="functional-goals", state="ahead")).conclude("no-goals")
