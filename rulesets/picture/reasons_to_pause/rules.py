"""Old pain, or pain that follows no root → a pause before an epidural."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    late = (m.k == "pain-phase") & (m.pattern == "radicular") & (m.phase == "late")
    yield when_all(c.phase << late).derive("pause", pattern="radicular", region=c.phase.region, reason="late")
    yield when_all(
        c.pain << (m.k == "pain") & (m.pattern == "radicular"),
        c.said << (m.k == "statement") & (m.concept == "non-dermatomal-pain") & (m.negated == 0),
    ).derive("pause", pattern="radicular", region=c.pain.region, reason="distribution")
