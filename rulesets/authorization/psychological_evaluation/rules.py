"""An ordered stimulator → whether psychology and substance use were looked at."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == "spinal-cord-stimulation")
    yield when_all(request, c.evaluated << (m.k == "psych-evaluated")).conclude("evaluated")
    yield when_all(request, c.none << absent("psych-evaluated")).conclude("not-evaluated")
    disorder: Any = (m.k == "condition") & (m.set == "substance-use") & (m.active == 1)
    care = c.care << (m.k == "care-in-place") & (m.of == "substance-use")
    uncared = c.uncared << absent("care-in-place", of="substance-use")
    yield when_all(request, c.disorder << disorder, uncared).conclude("use-disorder")
    yield when_all(request, c.disorder << disorder, care).conclude("use-treated")
    yield from _screened(p, request, (c.disorder << disorder, care))


def _screened(p: Values, request: Any, treated: tuple[Any, ...]) -> Iterator[Rule]:
    """A screening says whether use is active where no disorder is known, or one that is treated."""
    unknown = (c.none << absent("condition", set="substance-use", active="1"),)
    score = (m.k == "observation") & (m.set == "substance-screening") & (m.rank == 0)
    now = score & (m.age_days >= 0) & (m.age_days <= p("screen_days"))
    for known in (unknown, treated):
        yield when_all(request, *known, c.screen << now & (m.value < p("dast_score"))).conclude("use-screened")
        yield when_all(request, *known, c.screen << now & (m.value >= p("dast_score"))).conclude("use-screen-raised")
    yield when_all(request, *unknown, c.screen << score & (m.age_days > p("screen_days"))).conclude("use-not-screened")
    unscreened = c.unscreened << absent("observation", set="substance-screening")
    yield when_all(request, *unknown, unscreened).conclude("use-not-screened")
