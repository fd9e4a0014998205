"""Operations, later images and later epidurals → what is left to explain the pain, and what was tried."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PRESSING = ("nerve-root-compression", "disc-herniation", "central-stenosis")


def rules(p: Values) -> Iterator[Rule]:
    yield when_all(c.pain << (m.k == "pain") & (m.pattern == "postsurgical") & (m.region != "")).derive(
        "operated-spine", region=c.pain.region, how="diagnosis"
    )
    yield when_all(c.surgery << _surgery() & (m.region != "")).derive(
        "operated-spine", region=c.surgery.region, how="procedure"
    )
    recent = (m.k == "statement") & (m.where != "note") & (m.region != "") & (m.age_days <= p("recent_days"))
    here = {"region": c.found.region}
    for finding in PRESSING:
        shown = recent & (m.concept == finding) & (m.negated == 0)
        yield from _since(shown, "compression", {**here, "finding": finding}, undated=True)
        yield from _since(recent & (m.concept == finding) & (m.negated == 1), "clear-canal", here)
    yield from _since(recent & (m.concept == "epidural-scar") & (m.negated == 0), "clear-canal", here)
    yield when_all(c.found << (m.k == "normal-imaging")).derive("clear-canal", **here)
    yield from _epidurals(p)


def _epidurals(p: Values) -> Iterator[Rule]:
    named = (m.concept == "epidural-transforaminal") | (m.concept == "epidural-interlaminar")
    named = named | (m.concept == "epidural-caudal") | (m.concept == "selective-nerve-root-block")
    done = (m.k == "procedure") & named & (m.region != "") & (m.age_days >= 0)
    fields = {"region": c.found.region, "age_days": c.found.age_days}
    yield from _since(done, "epidural-tried", {**fields, "procedure": c.found.concept})
    known = (m.k == "relief") & named & (m.region != "") & (m.rank == 0)
    fields["percent"] = c.found.percent
    enough = float(p("epidural_enough"))
    yield from _since(known & (m.percent >= enough), "epidural-relief", {**fields, "enough": 1})
    yield from _since(known & (m.percent < enough), "epidural-relief", {**fields, "enough": 0})
    failed = c.failed << (m.k == "epidural-relief") & (m.enough == 0)
    yield when_all(failed).derive(
        "epidural-failed", region=c.failed.region, percent=c.failed.percent, age_days=c.failed.age_days
    )
    helped = c.helped << (m.k == "epidural-relief") & (m.enough == 1) & (m.region == c.failed.region)
    yield when_all(failed, helped & (m.age_days <= c.failed.age_days)).derive(
        "epidural-helped-since", region=c.failed.region
    )


def _since(found: Any, kind: str, fields: dict[str, Any], undated: bool = False) -> Iterator[Rule]:
    """What was found where no operation is known, or after it (or, `undated`, after one of unknown day)."""
    never = c.never << absent("procedure", by="region", set="surgical-procedures") & (m.region == c.found.region)
    yield when_all(c.found << found, never).derive(kind, **fields)
    here = _surgery() & (m.region == c.found.region)
    yield when_all(c.found << found, c.surgery << here & (m.rank == 0) & (m.age_days > c.found.age_days)).derive(
        kind, **fields
    )
    if undated:
        yield when_all(c.found << found, c.surgery << here & (m.age_days < 0)).derive(kind, **fields)


def _surgery() -> Any:
    """An operation on the spine; joints, and surgery that a text only mentions, are none."""
    spine = (m.k == "procedure") & (m.set == "surgical-procedures")
    for other in ("surgery-mentioned", "hip-replacement", "knee-replacement", "shoulder-replacement"):
        spine = spine & (m.concept != other)
    return spine
