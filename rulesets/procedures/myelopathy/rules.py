"""Myelopathy or cord compression → urgent surgical evaluation; signs of it → a look at the cord first."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

OUTCOMES = {"myelopathy": "urgent", "myelopathy-signs": "signs", "cord-contact": "cord-contact"}


def rules(_: Values) -> Iterator[Rule]:
    for name, outcome in OUTCOMES.items():
        flag = c.flag << (m.k == "red-flag") & (m.flag == name)
        # Said of a cord that is known to be ill, the lesser signs add nothing.
        more = () if name == "myelopathy" else (c.unknown << absent("red-flag", flag="myelopathy"),)
        yield when_all(flag, c.hook << (m.k == "patient-in-view"), *more).conclude(outcome)
        yield when_all(flag, c.order << (m.k == "proposal") & (m.origin != "suggestion"), *more).conclude(outcome)
