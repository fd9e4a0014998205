"""Myelopathy or cord compression → urgent surgical evaluation."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    flag = c.flag << (m.k == "red-flag") & (m.flag == "myelopathy")
    yield when_all(flag, c.hook << (m.k == "patient-in-view")).conclude("urgent")
    yield when_all(flag, c.order << (m.k == "proposal") & (m.origin != "suggestion")).conclude("urgent")
