"""Axial pain and nothing beside it → what would tell its source, said once for all regions."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    yield when_all(
        c.pain << (m.k == "pain") & (m.pattern == "axial"),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.untold << absent("source-told"),
        c.unhurried << absent("pain-phase", pattern="axial", phase="acute"),
        c.unasked << absent("order", set="spine-procedures"),
    ).conclude("what-would-tell")
