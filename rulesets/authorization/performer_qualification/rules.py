"""A dispatched needle procedure and what is on record of its performer → a criterion, and a warning or a question."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

OUTCOMES = {"other": "other-specialty", "open": "spine-not-named", "nothing": "not-recorded"}
# What is on record of the performer → the outcome of its criterion.
CRITERION = {"recognised": "recognised", "other": "other", "open": "untold", "nothing": "untold"}
TRIGGER_POINT = "trigger-point-injection"


def rules(_: Values) -> Iterator[Rule]:
    target = (m.k == "target") & (m.origin == "order") & (m.risk != "none") & (m.procedure != TRIGGER_POINT)
    hook = c.hook << (m.k == "hook") & (m.hook == "order-dispatch")
    for state, outcome in OUTCOMES.items():
        performer = c.performer << (m.k == "performer-standing") & (m.state == state)
        yield when_all(c.target << target, hook, performer).conclude(outcome)
    request = c.request << (m.k == "request") & (m.procedure != TRIGGER_POINT)
    for state, outcome in CRITERION.items():
        performer = c.performer << (m.k == "performer-standing") & (m.state == state)
        yield when_all(request, hook, performer).conclude(outcome)
