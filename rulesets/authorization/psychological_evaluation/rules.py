"""An ordered stimulator → whether psychology and substance use were looked at."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == "spinal-cord-stimulation")
    yield when_all(request, c.evaluated << (m.k == "psych-evaluated")).conclude("evaluated")
    yield when_all(request, c.none << absent("psych-evaluated")).conclude("not-evaluated")
    disorder: Any = (m.k == "condition") & (m.set == "substance-use") & (m.active == 1)
    care = c.care << (m.k == "care-in-place") & (m.of == "substance-use")
    uncared = c.uncared << absent("care-in-place", of="substance-use")
    yield when_all(request, c.disorder << disorder, uncared).conclude("use-disorder")
    yield when_all(request, c.disorder << disorder, care).conclude("use-treated")
    yield when_all(request, c.none << absent("condition", set="substance-use", active="1")).conclude("use-not-screened")
