"""A dispatched needle procedure and what is on record of its performer → a warning, a question, or nothing."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

OUTCOMES = {"other": "other-specialty", "open": "spine-not-named", "nothing": "not-recorded"}


def rules(_: Values) -> Iterator[Rule]:
    target = (m.k == "target") & (m.origin == "order") & (m.risk != "none") & (m.procedure != "trigger-point-injection")
    hook = c.hook << (m.k == "hook") & (m.hook == "order-dispatch")
    for state, outcome in OUTCOMES.items():
        performer = c.performer << (m.k == "performer-standing") & (m.state == state)
        yield when_all(c.target << target, hook, performer).conclude(outcome)
