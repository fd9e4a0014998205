"""Myofascial diagnoses → pain of a region; findings on palpation → trigger points there."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

FINDINGS = ("taut-band", "tender-point", "referred-pain", "local-twitch", "jump-sign")


def rules(p: Values) -> Iterator[Rule]:
    named = c.condition << (m.k == "condition") & (m.concept == "myofascial-pain") & (m.active == 1)
    yield when_all(named & (m.region != "")).derive("pain", **_pain(c.condition.region))
    # A code without a region: where the findings or the muscle are said to be.
    yield when_all(named & (m.region == ""), c.said << _said() & (m.region != "")).derive(
        "pain", **_pain(c.said.region)
    )
    pain = c.pain << (m.k == "pain") & (m.pattern == "myofascial")
    for kind in ("spine-problem", "specific-pain"):
        yield when_all(pain).derive(kind, region=c.pain.region)
    for rank, finding in enumerate(FINDINGS):
        for here in (m.region == c.pain.region, m.region == ""):
            yield when_all(pain, c.said << _said() & (m.concept == finding) & here).derive(
                "muscle-finding", region=c.pain.region, finding=finding, rank=rank
            )
    found = [c.finding_0 << (m.k == "muscle-finding")]
    for number in range(1, p("findings")):
        before = getattr(c, f"finding_{number - 1}")
        other = (m.k == "muscle-finding") & (m.region == c.finding_0.region) & (m.rank > before.rank)
        found.append(getattr(c, f"finding_{number}") << other)
    yield when_all(*found).derive("trigger-points", region=c.finding_0.region)


def _said() -> Any:
    return (m.k == "statement") & (m.set == "trigger-point-findings") & (m.negated == 0)


def _pain(region: Any) -> dict[str, Any]:
    return {
        "pattern": "myofascial",
        "region": region,
        "side": c.condition.side,
        "level": "",
        "onset_days": c.condition.onset_days,
        "onset_most": c.condition.onset_most,
        "confirmed": c.condition.confirmed,
    }
