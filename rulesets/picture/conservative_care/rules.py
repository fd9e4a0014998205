"""Care tried, and reasons not to wait for more of it."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

# Document 2: pain that disables, prevents sleep or blocks therapy.
REASONS = ("disabling-pain", "sleep-disturbance-by-pain", "therapy-blocked-by-pain")


def rules(p: Values) -> Iterator[Rule]:
    care = (m.k == "span") & (m.name == "conservative-care")
    when = {name: getattr(c.care, name) for name in ("listed", "start", "bound")}
    tried = {name: getattr(c.care, name) for name in ("weeks", "contacts", "kinds")}
    yield when_all(c.care << care & (m.contacts > 0)).derive("conservative-care", **tried, **when)
    yield when_all(c.care << care & (m.contacts == 0)).derive("no-care", **when)
    for reason in REASONS:
        yield when_all(c.said << (m.k == "statement") & (m.concept == reason) & (m.negated == 0)).derive(
            "early-reason", reason=reason
        )
    yield when_all(
        c.score << (m.k == "observation")
        & (m.concept == "pain-score")
        & (m.rank == 0)
        & (m.value >= p("severe_pain"))
        & (m.age_days >= 0)
        & (m.age_days <= p("score_age_days")),
    ).derive("early-reason", reason="severe-pain")
