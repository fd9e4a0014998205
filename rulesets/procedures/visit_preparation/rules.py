"""A planned needle → what to bring, and what to agree on and measure before."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    planned = (
        c.target << (m.k == "target") & (m.origin == "scheduled") & (m.risk != "none"),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )
    yield when_all(*planned, c.diabetes << (m.k == "diabetes")).derive("visit", **_visit("yes"))
    yield when_all(*planned, c.none << absent("diabetes")).derive("visit", **_visit("no"))
    yield when_all(c.visit << (m.k == "visit")).conclude("bring")


def _visit(glucose: str) -> dict[str, Any]:
    return {"title": c.target.title, "steroid": c.target.steroid, "glucose": glucose}
