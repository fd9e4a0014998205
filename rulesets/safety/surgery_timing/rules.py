"""Surgery planned or done, and procedures in question → distance in days, and who has to agree."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

# The engine cannot subtract: the injection's day is taken in steps, and surgery is looked for up to the step's end.
STEPS = ((-2, 30), (30, 60), (60, 90))


def rules(p: Values) -> Iterator[Rule]:
    reach = {"spine-surgery-planned": (_spine, p("spine_months_days"))}
    reach["replacement-planned"] = (_replacement, p("replacement_days"))
    for outcome, (planned, days) in reach.items():
        for after, until in STEPS:
            surgery = c.surgery << planned("order") & (m.in_days >= 0) & (m.in_days <= days + until)
            target = _needle() & (m.steroid != "no") & (m.in_days > after) & (m.in_days <= until)
            yield when_all(surgery, c.target << target & (m.in_days <= c.surgery.in_days)).conclude(outcome)
    steroid = c.target << _needle() & (m.steroid != "no")
    yield when_all(c.surgery << _planned() & (m.in_days < 0), steroid).conclude("surgery-undated")
    earlier = c.surgery << _spine("order") & (m.in_days >= 0)
    yield when_all(earlier, c.target << _needle() & (m.in_days > c.surgery.in_days)).conclude("surgery-first")
    recent = _spine("procedure") & (m.age_days >= 0) & (m.age_days <= p("recovery_days"))
    for surgery, target in _of_one_region(recent):
        yield when_all(surgery, target).conclude("surgery-recent")
    undated = c.surgery << _spine("procedure") & (m.age_days < 0)
    ordered = _needle() & (m.origin != "suggestion")
    yield when_all(undated, c.target << ordered & (m.region == c.surgery.region)).conclude("surgery-date-unknown")


def _needle() -> Any:
    return (m.k == "target") & (m.risk != "none")


def _planned() -> Any:
    return (m.k == "order") & (m.set == "surgical-procedures") & (m.concept != "surgery-mentioned")


def _replacement(kind: str) -> Any:
    named = (m.concept == "hip-replacement") | (m.concept == "knee-replacement") | (m.concept == "shoulder-replacement")
    return (m.k == kind) & (m.set == "surgical-procedures") & named


def _spine(kind: str) -> Any:
    named = (m.k == kind) & (m.set == "surgical-procedures") & (m.concept != "surgery-mentioned")
    other = (m.concept != "hip-replacement") & (m.concept != "knee-replacement")
    return named & other & (m.concept != "shoulder-replacement")


def _of_one_region(surgery: Any) -> Iterator[tuple[Any, Any]]:
    """The same region, or one of the two does not say."""
    yield c.surgery << surgery, c.target << _needle() & (m.region == c.surgery.region)
    yield c.surgery << surgery & (m.region == ""), c.target << _needle() & (m.region != "")
    yield c.surgery << surgery & (m.region != ""), c.target << _needle() & (m.region == "")
