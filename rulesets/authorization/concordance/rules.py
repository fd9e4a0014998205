"""A request, covered pain and imaging → whether the imaging explains the pain; `here` binds to the region."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

COVERED = ("radicular", "claudication", "postsurgical")
CENTRAL = "central-stenosis"
FAMILIES = ("epidural", "root-block")
SIDES = (("left", "right"), ("right", "left"))


def rules(p: Values) -> Iterator[Rule]:
    here = m.region == c.request.region
    for family in FAMILIES:
        request = (m.k == "request") & (m.family == family)
        placed = c.request << request & (m.region != "")
        yield when_all(c.request << request & (m.region == "")).conclude("without-region")
        yield when_all(placed, c.nothing << absent("advanced-imaging", by="region") & here).conclude("no-image")
        no_pattern = [getattr(c, f"no_{name}") << absent("pain", by="region", pattern=name) & here for name in COVERED]
        yield when_all(placed, _study(here), *no_pattern).conclude("no-pattern")
        for pattern in COVERED:
            yield from _explained(request & (m.region != ""), pattern, here)
            yield from _unexplained(placed, pattern, here, p("imaging_days"))


def _study(here: Any) -> Any:
    return c.imaging << (m.k == "advanced-imaging") & here


def _explained(request: Any, pattern: str, here: Any) -> Iterator[Rule]:
    """Imaging of both sides or of none stands for either side, and any imaging for a procedure without one side."""
    agrees = (m.k == "concordant-imaging") & (m.pattern == pattern) & here
    for side, other in SIDES:
        placed = c.request << request & (m.side == side)
        yield from _on_a_side((placed, _study(here)), agrees & (m.side != other), pattern, here)
        yield when_all(placed, _study(here), c.agrees << agrees & (m.side == other)).conclude("other-side")
    either = c.request << request & (m.side != "left") & (m.side != "right")
    yield from _on_a_side((either, _study(here)), agrees, pattern, here)


def _on_a_side(before: tuple[Any, ...], agrees: Any, pattern: str, here: Any) -> Iterator[Rule]:
    """Claudication, a narrow canal and pain after surgery may have no side; a root's pain has to tell it."""
    if pattern in ("claudication", "postsurgical"):
        yield when_all(*before, c.agrees << agrees).conclude("met")
        return
    pain = (m.k == "pain") & (m.pattern == pattern) & here
    yield when_all(*before, c.agrees << agrees & (m.finding == CENTRAL)).conclude("met")
    sided = agrees & (m.finding != CENTRAL)
    yield when_all(*before, c.agrees << sided, c.pain << pain & (m.side != "")).conclude("met")
    silent = [
        getattr(c, f"no_{side}") << absent("pain", by="region", pattern=pattern, side=side) & here
        for side in ("left", "right", "bilateral")
    ]
    yield when_all(*before, c.agrees << sided, c.pain << pain, *silent).conclude("no-side")


def _unexplained(placed: Any, pattern: str, here: Any, days: int) -> Iterator[Rule]:
    """Covered pain and imaging, but no findings that explain it."""
    pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & here
    silent = [
        getattr(c, f"silent_{name}") << absent("concordant-imaging", by="region", pattern=name) & here
        for name in COVERED
    ]
    findings = (m.k == "statement") & (m.set == "imaging-findings") & (m.where != "note")
    said, outdated = (c.statement << findings & test & here for test in (m.age_days <= days, m.age_days > days))
    unread = [
        getattr(c, f"no_{where}") << absent("statement", by="region", set="imaging-findings", where=where) & here
        for where in ("report", "study")
    ]
    yield when_all(placed, _study(here), pain, said, *silent).conclude("not-met")
    yield when_all(placed, _study(here), pain, outdated, *silent).conclude("unread")
    yield when_all(placed, _study(here), pain, *silent, *unread).conclude("unread")
