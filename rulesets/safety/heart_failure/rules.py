"""Heart failure and steroids."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    acute = _failure("acute-heart-failure")
    given = c.target << (m.k == "target") & (m.steroid != "no")
    yield when_all(given, c.condition << acute & (m.latest_days <= p("acute_days"))).conclude("acute")
    sure = c.target << (m.k == "target") & (m.steroid == "yes")
    never_acute = c.never_acute << absent("condition", set="heart-failure", concept="acute-heart-failure", active="1")
    yield when_all(sure, c.condition << _failure("heart-failure"), never_acute).conclude("stable")
    # Months later the acute code mostly stands for heart failure that is stable again.
    yield when_all(sure, c.condition << acute & (m.latest_days > p("acute_days"))).conclude("stable")


def _failure(concept: str) -> Any:
    return (m.k == "condition") & (m.set == "heart-failure") & (m.concept == concept) & (m.active == 1)
