"""An ordered epidural → whether rehabilitation goes with it."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.family == "epidural")
    care = c.care << (m.k == "care-in-place") & (m.of == "rehabilitation")
    therapy = c.therapy << (m.k == "order") & (m.concept == "physical-therapy")
    yield when_all(request, care).conclude("in-place")
    yield when_all(request, therapy).conclude("ordered")
    uncared = c.uncared << absent("care-in-place", of="rehabilitation")
    yield when_all(request, uncared, c.unordered << absent("order", concept="physical-therapy")).conclude("no-plan")
