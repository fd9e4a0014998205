"""A planned or booked needle → what to bring, and what to agree on and measure before."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    needle = (m.k == "target") & (m.risk != "none")
    calm = c.calm << absent("red-flag")
    for hook, origin, booked in (("patient-view", "scheduled", "no"), ("appointment-book", "order", "yes")):
        planned = c.target << needle & (m.origin == origin), c.hook << (m.k == "hook") & (m.hook == hook), calm
        diabetes = c.diabetes << (m.k == "diabetes")
        yield when_all(*planned, diabetes).derive("visit", **_visit("yes", booked))
        yield when_all(*planned, c.none << absent("diabetes")).derive("visit", **_visit("no", booked))
    visit = m.k == "visit"
    yield when_all(c.visit << visit & (m.booked == "no")).conclude("bring")
    yield when_all(c.visit << visit & (m.booked == "yes")).conclude("bring-booked")


def _visit(glucose: str, booked: str) -> dict[str, Any]:
    return {"title": c.target.title, "steroid": c.target.steroid, "glucose": glucose, "booked": booked}
