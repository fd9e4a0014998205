"""Pain, imaging and care → the state of the evidence, one for each painful region and side."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    for pattern in ("radicular", "claudication"):
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & (m.region != "")
        imaging = c.imaging << (m.k == "advanced-imaging") & (m.recent == 1) & (m.region == c.pain.region)
        agrees = c.agrees << (m.k == "concordant-imaging") & (m.pattern == pattern) & (m.region == c.pain.region)
        yield from _carried(p, pain, imaging, agrees)
        yield from _open(pain, imaging, agrees)
        yield when_all(
            pain,
            imaging,
            c.statement << (m.k == "statement") & (m.where != "note") & (m.region == c.pain.region),
            c.nothing << absent("concordant-imaging", by="region", pattern=pattern) & (m.region == c.pain.region),
        ).conclude("disagrees")
        yield when_all(c.pain << (m.k == "pain") & (m.pattern == pattern) & (m.region == "")).conclude("region-unknown")


def _carried(p: Values, pain: Any, imaging: Any, agrees: Any) -> Iterator[Rule]:
    enough = c.care << (m.k == "conservative-care") & (m.weeks >= p("care_weeks"))
    short = c.care << (m.k == "conservative-care") & (m.weeks < p("care_weeks"))
    early, unhurried = c.early << (m.k == "early-reason"), c.unhurried << absent("early-reason")
    untried = c.untried << absent("conservative-care")
    yield when_all(pain, imaging, agrees, enough).derive("evidence", **_fields("complete", weeks=c.care.weeks))
    yield when_all(pain, imaging, agrees, early, short).derive(
        "evidence", **_fields("early", weeks=c.care.weeks, reason=c.early.reason)
    )
    yield when_all(pain, imaging, agrees, early, untried).derive("evidence", **_fields("early", reason=c.early.reason))
    yield when_all(pain, imaging, agrees, short, unhurried).conclude("not-yet")
    yield when_all(pain, imaging, agrees, untried, unhurried).derive("evidence", **_fields("incomplete"))


def _open(pain: Any, imaging: Any, agrees: Any) -> Iterator[Rule]:
    """No recent study of the region, or a study whose findings nobody could read."""
    no_image = c.nothing << absent("advanced-imaging", by="region", recent="1") & (m.region == c.pain.region)
    unread = c.nothing << absent("statement", by="region") & (m.region == c.pain.region)
    yield when_all(pain, no_image).derive("evidence", **_fields("incomplete", image_days=-1))
    yield when_all(pain, imaging, unread).derive("evidence", **_fields("incomplete"))


def _fields(state: str, weeks: Any = -1, reason: Any = "", image_days: Any = None) -> dict[str, Any]:
    return {
        "pattern": c.pain.pattern,
        "region": c.pain.region,
        "side": c.pain.side,
        "level": c.pain.level,
        "state": state,
        "weeks": weeks,
        "reason": reason,
        "image_days": c.imaging.age_days if image_days is None else image_days,
    }
