"""A needle for axial pain of a few weeks → therapy, activity and non-opioids first."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    needle = (m.k == "target") & (m.risk != "none") & (m.family != "augmentation")
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    acute = (m.k == "pain-phase") & (m.pattern == "axial") & (m.phase == "acute")
    here = c.phase << acute & (m.region == c.target.region)
    # Low back pain is what a joint injection next door is ordered for, where no pain of the joint itself is on record.
    nearby = c.phase << acute & (m.region == "lumbar"), c.alone << absent("pain", by="region") & _there()
    for origin, hook in (("order", ()), ("scheduled", (view,))):
        target = needle & (m.origin == origin)
        yield when_all(c.target << target & (m.region != ""), here, *_plain(), *hook).conclude("too-early")
        yield when_all(c.target << target & (m.region == "sacroiliac"), *nearby, *_plain(), *hook).conclude("too-early")


def _there() -> Any:
    return m.region == c.target.region


def _plain() -> tuple[Any, ...]:
    """No nerve in play, nothing that hurries, no old pain, no red flag."""
    return (
        c.no_nerve << absent("nerve-pain"),
        c.unhurried << absent("early-reason"),
        c.not_chronic << absent("condition", concept="chronic-pain", active="1"),
        c.calm << absent("red-flag"),
    )
