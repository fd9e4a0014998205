"""A request and the newest scores → whether there is a baseline."""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block", "facet", "sacroiliac", "trigger-point", "sympathetic")


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
