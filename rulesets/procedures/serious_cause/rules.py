"""Alarm features beside spine pain that no image has answered → what to ask and image first."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

OF_NEW_PAIN = ("cancer", "cancer-history", "iv-drug-use", "weak-defence")
VIEW = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))


def rules(_: Values) -> Iterator[Rule]:
    for name in OF_NEW_PAIN:
        yield from _unanswered(name, _is(name) & (m.known == 1))
    yield from _unanswered("onset-unknown", (m.feature != "fever-undated") & (m.known == 0))
    yield from _unanswered("night-pain", _is("night-pain"))
    # A fracture that is known is judged elsewhere.
    unlisted = c.unlisted << absent("condition", set="compression-fracture", active="1")
    yield from _unanswered("trauma", _is("trauma"), unlisted, event="trauma")
    whole = c.whole << absent("abnormal-imaging", finding="compression-fracture")
    unbroken = c.unbroken << absent("condition", set="osteoporosis", concept="vertebral-fracture", active="1")
    also = (c.brittle << (m.k == "brittle"), whole, unbroken, unlisted)
    yield from _unanswered("thin-bone", _is("thin-bone"), *also, event="pain")
    yield when_all(c.feature << (m.k == "alarm-feature") & _is("fever-undated"), *VIEW).conclude("fever-undated")


def _is(name: str) -> Any:
    return m.feature == name


def _unanswered(outcome: str, test: Any, *also: Any, **event: str) -> Iterator[Rule]:
    """No image of the region, or of any where the pain names none, answers it."""
    kind = "image-after" if event else "tumour-image"
    feature = (m.k == "alarm-feature") & test
    unseen = c.unseen << absent(kind, by="region", **event) & (m.region == c.feature.region)
    yield when_all(c.feature << feature & (m.region != ""), unseen, *VIEW, *also).conclude(outcome)
    nothing = c.unseen << absent(kind, **event)
    yield when_all(c.feature << feature & (m.region == ""), nothing, *VIEW, *also).conclude(outcome)
