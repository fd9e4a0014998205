"""Injections that failed or wore off, and what they were for → a surgeon's or another specialist's opinion."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

VIEW = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
NERVE = ("radicular", "claudication")
AXIAL = ("axial", "facet")


def rules(p: Values) -> Iterator[Rule]:
    yield from _herniation(p)
    yield from _stenosis()
    yield from _intractable(p)


def _herniation(p: Values) -> Iterator[Rule]:
    size = (m.k == "statement") & (m.concept == "large-herniation") & (m.negated == 0) & (m.where != "note")
    large = c.size << size & (m.age_days <= p("size_days")) & (m.region == c.pain.region)
    base = (_pain("radicular"), large, *VIEW)
    failed = (m.k == "injection") & (m.family == "epidural") & (m.response == "failed")
    yield when_all(*base, *_two(failed), c.unhelped << _never("helped", "epidural")).conclude("large-herniation")


def _stenosis() -> Iterator[Rule]:
    rebound = c.rebound << (m.k == "epidural-rebound") & (m.region == c.pain.region)
    yield when_all(_pain("claudication"), rebound, *VIEW).conclude("stenosis-rebounds")


def _intractable(p: Values) -> Iterator[Rule]:
    care = c.care << (m.k == "conservative-care") & (m.weeks >= p("care_weeks"))
    failed = _two((m.k == "injection") & (m.response == "failed"))
    for reason in ("severe-pain", "disabling-pain"):
        severe = c.reason << (m.k == "early-reason") & (m.reason == reason)
        for nerve, patterns in ((1, NERVE), (0, AXIAL)):
            for pattern in patterns:
                base = (_pain(pattern), *failed, care, severe, c.unhelped << _never("helped"))
                yield when_all(*base).derive("exhausted", region=c.pain.region, nerve=nerve, weeks=c.care.weeks)
    nerve, axial = (c.tried << (m.k == "exhausted") & (m.nerve == value) for value in (1, 0))
    for pattern in NERVE:
        shown = c.agrees << (m.k == "concordant-imaging") & (m.pattern == pattern) & (m.region == c.tried.region)
        # That one has words of its own.
        size = absent("statement", by="region", concept="large-herniation", negated="0")
        yield when_all(nerve, shown, c.small << size & (m.region == c.tried.region), *VIEW).conclude(
            "intractable-nerve"
        )
    unshown = [_none("concordant-imaging", pattern) for pattern in NERVE]
    yield when_all(nerve, c.no_root << unshown[0], c.no_canal << unshown[1], *VIEW).conclude("intractable")
    others = [_none("pain", pattern) for pattern in (*NERVE, "postsurgical")]
    named = (c.no_root << others[0], c.no_canal << others[1], c.no_surgery << others[2])
    yield when_all(axial, *named, *VIEW).conclude("intractable")


def _pain(pattern: str) -> Any:
    return c.pain << (m.k == "pain") & (m.pattern == pattern) & (m.confirmed == 1) & (m.region != "")


def _two(kind: Any) -> tuple[Any, Any]:
    """The later and the earlier of two of a kind in the painful region."""
    first = c.first << kind & (m.region == c.pain.region)
    return first, c.second << kind & (m.region == c.pain.region) & (m.age_days > c.first.age_days)


def _none(kind: str, pattern: str) -> Any:
    return absent(kind, by="region", pattern=pattern) & (m.region == c.tried.region)


def _never(response: str, family: str = "") -> Any:
    fixed = {"response": response} | ({"family": family} if family else {})
    return absent("injection", by="region", **fixed) & (m.region == c.pain.region)
