"""Pain, imaging and care → the state of the evidence, one for each painful region and side."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

REGIONS = ("cervical", "thoracic", "lumbar")
PATTERNS = ("radicular", "claudication", "postsurgical")
# Document 2, strongest first: one reason is said, all are cited.
REASONS = ("therapy-blocked-by-pain", "disabling-pain", "sleep-disturbance-by-pain", "severe-pain")


def rules(p: Values) -> Iterator[Rule]:
    yield from _carried(p)
    yield when_all(_pain(m.confirmed == 0), _recent(), _agrees()).derive(
        "evidence", **_fields("incomplete", reason="diagnosis")
    )
    for pattern in PATTERNS:
        yield from _without_agreement(pattern)
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    none = c.nothing << absent("advanced-imaging", by="region", recent="1") & (m.region == c.pain.region)
    yield when_all(_pain(m.region != ""), none, *view).conclude("imaging-needed")
    unplaced = c.pain << (m.k == "pain") & (m.pattern != "axial") & (m.pattern != "widespread") & (m.region == "")
    yield when_all(unplaced & (m.pattern != "postsurgical"), *view).conclude("region-unknown")
    # The code of pain after spine surgery never has one: nerve pain with its region says which spine hurts.
    elsewhere = [getattr(c, f"no_{region}") << absent("nerve-pain", region=region) for region in REGIONS]
    yield when_all(unplaced & (m.pattern == "postsurgical"), *view, *elsewhere).conclude("region-unknown")


def _carried(p: Values) -> Iterator[Rule]:
    base = (_pain(m.confirmed == 1), _recent(), _agrees())
    short = (m.k == "conservative-care") & (m.weeks < p("care_weeks"))
    enough = c.care << (m.k == "conservative-care") & (m.weeks >= p("care_weeks"))
    untried = absent("conservative-care")
    yield when_all(*base, enough).derive("evidence", **_fields("complete", weeks=c.care.weeks))
    for place, reason in enumerate(REASONS):
        early = c.early << (m.k == "early-reason") & (m.reason == reason)
        stronger = [getattr(c, f"no_{n}") << absent("early-reason", reason=r) for n, r in enumerate(REASONS[:place])]
        yield when_all(*base, c.care << short, early, *stronger).derive(
            "evidence", **_fields("early", weeks=c.care.weeks, reason=reason)
        )
        yield when_all(*base, c.care << untried, early, *stronger).derive("evidence", **_fields("early", reason=reason))
    unhurried = c.unhurried << absent("early-reason")
    yield when_all(*base, c.care << untried, unhurried).derive("evidence", **_fields("incomplete", reason="care"))
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    yield when_all(*base, c.care << short, unhurried, *view).conclude("not-yet")


def _without_agreement(pattern: str) -> Iterator[Rule]:
    """A recent study that explains nothing: unread, denying, or about the other side."""
    base = (_pain(m.pattern == pattern), _recent())
    alone = c.alone << absent("concordant-imaging", by="region", pattern=pattern) & (m.region == c.pain.region)
    same = c.same << absent("discordant-side", by="region") & (m.region == c.pain.region)
    silent = c.silent << absent("contrary-imaging", by="region", pattern=pattern) & (m.region == c.pain.region)
    yield when_all(*base, alone, same, silent).derive("evidence", **_fields("incomplete", reason="reading"))
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    if pattern != "postsurgical":
        contrary = c.contrary << (m.k == "contrary-imaging") & (m.pattern == pattern) & (m.region == c.pain.region)
        yield when_all(*base, contrary, alone, same, *view).conclude("disagrees")
    other = c.other << (m.k == "discordant-side") & (m.region == c.pain.region) & (m.pain_side == c.pain.side)
    yield when_all(*base, other, alone, *view).conclude("wrong-side")


def _pain(test: Any) -> Any:
    """Pain of an irritated root, a narrow canal or an operated spine; the others are judged elsewhere."""
    these = (m.pattern == "radicular") | (m.pattern == "claudication") | (m.pattern == "postsurgical")
    return c.pain << (m.k == "pain") & these & test


def _recent() -> Any:
    return c.imaging << (m.k == "advanced-imaging") & (m.recent == 1) & (m.region == c.pain.region)


def _agrees() -> Any:
    return c.agrees << (m.k == "concordant-imaging") & (m.pattern == c.pain.pattern) & (m.region == c.pain.region)


def _fields(state: str, weeks: Any = -1, reason: str = "") -> dict[str, Any]:
    of_pain = {name: getattr(c.pain, name) for name in ("pattern", "region", "side", "level", "onset_days")}
    return {**of_pain, "state": state, "weeks": weeks, "reason": reason, "image_days": c.imaging.age_days}
