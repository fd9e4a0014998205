"""A spine procedure planned for the day of a visit that begins → what to ask and measure first."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

ANTAGONISTS = ("warfarin", "acenocoumarol", "phenprocoumon")
DAYS = {"today": 0, "no day": -1}


def rules(_: Values) -> Iterator[Rule]:
    for (when, day), (drugs, thinner), (glucose, sugar) in product(DAYS.items(), _drugs(), _diabetes()):
        planned = (m.k == "target") & (m.origin == "scheduled") & (m.risk != "none") & (m.in_days == day)
        starting = c.hook << (m.k == "hook") & (m.hook == "encounter-start")
        yield when_all(c.target << planned, starting, c.calm << absent("red-flag"), *thinner, *sugar).derive(
            "day",
            procedure=c.target.procedure,
            title=c.target.title,
            region=c.target.region,
            side=c.target.side,
            when=when,
            drugs=drugs,
            steroid=c.target.steroid,
            glucose=glucose,
        )
    yield when_all(c.day << (m.k == "day")).conclude("ask-first")


def _drugs() -> Iterator[tuple[str, list[Any]]]:
    """INR where a vitamin K antagonist is on record, else thinner where another one is, else none."""
    antagonists = [absent("antithrombotic", drug=drug) for drug in ANTAGONISTS]
    for drug in ANTAGONISTS:
        yield "inr", [c.drug << (m.k == "antithrombotic") & (m.drug == drug)]
    others = [getattr(c, f"no_{place}") << item for place, item in enumerate(antagonists)]
    taken: Any = (m.k == "antithrombotic") & (m.drug != ANTAGONISTS[0])
    yield "thinner", [c.drug << taken & (m.drug != ANTAGONISTS[1]) & (m.drug != ANTAGONISTS[2]), *others]
    yield "none", [c.no_drug << absent("antithrombotic")]


def _diabetes() -> Iterator[tuple[str, list[Any]]]:
    yield "yes", [c.diabetes << (m.k == "diabetes")]
    yield "no", [c.no_diabetes << absent("diabetes")]
