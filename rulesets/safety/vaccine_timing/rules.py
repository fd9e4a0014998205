"""Vaccines given or planned near a steroid."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

STEROID = (m.k == "target") & (m.steroid != "no")
WAITS = {"covid-mrna": "mrna_wait_days", "covid-vector": "vector_wait_days", "live": "live_wait_days"}


def rules(p: Values) -> Iterator[Rule]:
    for vaccine, name in WAITS.items():
        given = (m.k == "immunization") & (m.concept == vaccine) & (m.age_days >= 0)
        wait = p(name)
        undated = c.target << STEROID & (m.in_days < 0)
        yield when_all(undated, c.vaccine << given & (m.age_days < wait)).conclude(f"after-{vaccine}")
        # Days since the vaccine on the day of the procedure: today's days and those until then, together.
        for days in range(wait):
            then = c.target << STEROID & (m.in_days == days)
            yield when_all(then, c.vaccine << given & (m.age_days < wait - days)).conclude(f"after-{vaccine}")
    soon = c.target << STEROID & (m.in_days <= p("planned_days"))
    for vaccine in ("covid-mrna", "covid-vector"):
        planned = (m.k == "immunization") & (m.concept == vaccine) & (m.in_days > 0)
        yield when_all(soon, c.vaccine << planned & (m.in_days <= p("planned_days"))).conclude("before-vaccine")
