"""An appointment in hand whose procedure cannot be told, and a spine problem → the question."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

OUTCOMES = {"words": "procedure-not-told", "injection": "procedure-not-told", "order-not-sent": "order-not-sent"}


def rules(_: Values) -> Iterator[Rule]:
    booking = m.k == "unrecognised"
    problem = c.problem << (m.k == "spine-problem")
    for why, outcome in OUTCOMES.items():
        yield when_all(c.booking << booking & (m.why == why), problem).conclude(outcome)
    # A spine procedure is named; no diagnosis is needed to ask.
    yield when_all(c.booking << booking & (m.why == "visit-or-procedure")).conclude("visit-or-procedure")
