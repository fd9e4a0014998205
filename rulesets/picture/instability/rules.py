"""Instability and high-grade slips, neither fused nor found stable since → red flags."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

FLAGS = ("instability", "high-grade-slip")
FUSED = {"set": "surgical-procedures", "concept": "spine-fusion"}
STABLE = {"concept": "stable-motion", "negated": "0"}


def rules(p: Values) -> Iterator[Rule]:
    for concept in (*FLAGS, "spondylolisthesis"):
        coded = (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        yield when_all(c.found << coded).derive("spine-problem", region=c.found.region)
        if concept in FLAGS:
            yield when_all(c.found << coded).derive("unstable", **_unstable(c.found.latest_days))
            # Joints of other places are called unstable too.
            said = (m.k == "statement") & (m.concept == concept) & (m.negated == 0) & (m.region != "")
            reported = said & (m.where != "note") & (m.where != "order") & (m.age_days <= p("report_days"))
            yield when_all(c.found << reported).derive("unstable", **_unstable(c.found.age_days))
    problem = m.k == "spine-problem"
    there = c.problem << problem & (m.region == c.found.region)
    placed = c.found << (m.k == "unstable") & (m.region != "")
    unfused = c.unfused << absent("procedure", by="region", **FUSED) & (m.region == c.found.region)
    unsettled = c.unsettled << absent("statement", by="region", **STABLE) & (m.region == c.found.region)
    for beside in (there, c.problem << problem & (m.region == "")):
        yield when_all(placed, unfused, unsettled, beside).derive("red-flag", **_flag())
    # Fused or found stable before: unstable all the same.
    again = c.found << (m.k == "unstable") & (m.region != "") & (m.age_days >= 0)
    fusion = (m.k == "procedure") & (m.concept == "spine-fusion") & (m.rank == 0) & (m.region == c.found.region)
    fused = c.before << fusion & (m.age_days > c.found.age_days)
    yield when_all(again, unsettled, fused, there).derive("red-flag", **_flag())
    stable = (m.k == "statement") & (m.concept == "stable-motion") & (m.negated == 0) & (m.region == c.found.region)
    settled = c.before << stable & (m.age_days > c.found.age_days)
    yield when_all(again, unfused, settled, there).derive("red-flag", **_flag())
    nowhere = c.found << (m.k == "unstable") & (m.region == "")
    none = (c.unfused << absent("procedure", **FUSED), c.unsettled << absent("statement", **STABLE))
    yield when_all(nowhere, *none, c.problem << problem).derive("red-flag", **_flag())


def _unstable(age_days: Any) -> dict[str, Any]:
    return {"flag": c.found.concept, "region": c.found.region, "age_days": age_days}


def _flag() -> dict[str, Any]:
    return {"flag": c.found.flag, "region": c.found.region, "side": ""}
