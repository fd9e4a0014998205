"""Progressive weakness → urgent surgical evaluation; static weakness → watch."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# A foot drop that is too old for the alarm is weakness to watch.
STATIC = ("motor-weakness", "foot-drop")


def rules(_: Values) -> Iterator[Rule]:
    flag = c.flag << (m.k == "red-flag") & (m.flag == "progressive-motor-deficit")
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    here = m.region == c.flag.region
    paces = (
        c.falling << (m.k == "falling-strength") & here,
        c.steady << absent("falling-strength", by="region") & here,
    )
    for pace in paces:
        yield when_all(flag, pace, c.hook << (m.k == "patient-in-view")).conclude("urgent")
        yield when_all(flag, pace, c.order << (m.k == "proposal") & (m.origin != "suggestion")).conclude("urgent")
    quiet = (c.nerve << (m.k == "nerve-pain"), view, c.calm << absent("red-flag"))
    for concept in STATIC:
        coded = c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        yield when_all(*quiet, coded).conclude("watch")
    told = c.said << (m.k == "statement") & (m.concept == "motor-weakness") & (m.negated == 0)
    yield when_all(*quiet, told).conclude("watch")
