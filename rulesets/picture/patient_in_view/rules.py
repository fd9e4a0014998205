"""The hook of the call → whether the whole patient is looked at."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

HOOKS = ("patient-view", "encounter-start", "encounter-discharge")


def rules(_: Values) -> Iterator[Rule]:
    for hook in HOOKS:
        yield when_all(c.hook << (m.k == "hook") & (m.hook == hook)).derive("patient-in-view", hook=c.hook.hook)
