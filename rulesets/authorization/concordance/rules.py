"""A request, covered pain and what imaging shows → whether the imaging explains the pain; `here` binds to the region.

A root's pain is explained in region and side, by imaging that is not older than it. Claudication has no side, and pain
after surgery only that of the procedure.
"""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

RADICULAR, CLAUDICATION, POSTSURGICAL = "radicular", "claudication", "postsurgical"
# The condition that tells when a pain of the pattern began.
CONDITIONS = {
    RADICULAR: "radicular-pain",
    CLAUDICATION: "neurogenic-claudication",
    POSTSURGICAL: "post-laminectomy",
}
CENTRAL = "central-stenosis"
FAMILIES = ("epidural", "root-block")
SIDES = (("left", "right"), ("right", "left"))
BOTH = "bilateral"


def rules(p: Values) -> Iterator[Rule]:
    here = m.region == c.request.region
    request = (m.k == "request") & one_of("family", FAMILIES)
    placed = c.request << request & (m.region != "")
    yield when_all(c.request << request & (m.region == "")).conclude("without-region")
    yield when_all(placed, c.nothing << absent("advanced-imaging", by="region") & here).conclude("no-image")
    study = c.imaging << (m.k == "advanced-imaging") & here
    no_pattern = [_no("pain", name) << absent("pain", by="region", pattern=name) & here for name in CONDITIONS]
    yield when_all(placed, study, *no_pattern).conclude("no-pattern")
    names = ("procedure", "region", "side")
    of_request = {name: getattr(c.request, name) for name in names}
    yield when_all(placed, study).derive("aimed", **of_request)
    yield from _wanted(of_request)
    yield from _fitting()
    yield from _in_time(here)
    yield from _open()
    yield from _unexplained(p("imaging_days"))


def _wanted(of_request: dict[str, Any]) -> Iterator[Rule]:
    """The side on which a finding is wanted: that of the procedure, else that of the pain."""
    of_pain = {"pattern": c.pain.pattern, "pain_side": c.pain.side, "onset_days": c.pain.onset_days}
    pain, here = (m.k == "pain") & (m.pattern == RADICULAR), m.region == c.pain.region
    aimed = (m.k == "aimed") & here
    for side, other in SIDES:
        ours = c.request << aimed & (m.side == side)
        yield when_all(c.pain << pain & (m.side != other), ours).derive("wanted", want=side, **of_pain, **of_request)
        elsewhere = _none_beside("pain", RADICULAR, side)
        yield when_all(c.pain << pain & (m.side == other), ours, *elsewhere).conclude("pain-other-side")
    yield when_all(c.pain << pain, c.request << aimed & (m.side == BOTH)).derive(
        "wanted", want=BOTH, **of_pain, **of_request
    )
    # Claudication and pain after surgery are not asked for a side of their own.
    other_pain = c.pain << (m.k == "pain") & one_of("pattern", (CLAUDICATION, POSTSURGICAL))
    sided = c.request << aimed & (m.side != "")
    yield when_all(other_pain, sided).derive("wanted", want=c.request.side, **of_pain, **of_request)
    any_pain = c.pain << (m.k == "pain") & one_of("pattern", CONDITIONS)
    yield when_all(any_pain, c.request << aimed & (m.side == "")).derive(
        "wanted", want=c.pain.side, **of_pain, **of_request
    )


def _fitting() -> Iterator[Rule]:
    """Findings that explain the pain on the wanted side."""
    wanted = (m.k == "wanted") & (m.pattern == RADICULAR) & (m.pain_side != "")
    root = _seen(RADICULAR)
    yield _fit(c.request << wanted, c.seen << root & (m.side == c.request.want) & (m.side != ""))
    yield _fit(c.request << wanted & (m.want != BOTH), c.seen << root & (m.side == BOTH))
    for side, other in SIDES:
        later = c.other << root & (m.side == other) & (m.age_days <= c.seen.age_days)
        yield _fit(c.request << wanted & (m.want == BOTH), c.seen << root & (m.side == side), later)
    # A narrow canal explains pain of both sides, not of one.
    canal = c.seen << _seen(CLAUDICATION) & (m.finding == CENTRAL)
    yield _fit(c.request << wanted & (m.pain_side == BOTH), canal)
    yield _fit(c.request << (m.k == "wanted") & (m.pattern == CLAUDICATION), c.seen << _seen(CLAUDICATION))
    operated, shown = (m.k == "wanted") & (m.pattern == POSTSURGICAL), _seen(POSTSURGICAL)
    yield _fit(c.request << operated, c.seen << shown & (m.side == c.request.want))
    yield _fit(c.request << operated, c.seen << shown & (m.side != "left") & (m.side != "right"))
    yield _fit(c.request << operated & (m.want != "left") & (m.want != "right"), c.seen << shown)


def _fit(*patterns: Any) -> Rule:
    of_request = {name: getattr(c.request, name) for name in ("procedure", "region", "side", "pattern")}
    of_seen = {"finding": c.seen.finding, "seen_side": c.seen.side, "age_days": c.seen.age_days}
    return when_all(*patterns).derive("fit", **of_seen, **of_request)


def _in_time(here: Any) -> Iterator[Rule]:
    """A finding is of the present pain if it is not older; a pain whose beginning nobody tells contradicts nothing."""
    fit = m.k == "fit"
    pain = (m.k == "wanted") & (m.procedure == c.request.procedure) & here & (m.side == c.request.side)
    begun = c.pain << pain & (m.pattern == c.request.pattern) & (m.onset_days >= c.request.age_days)
    yield when_all(c.request << fit, begun).conclude("met")
    for pattern, condition in CONDITIONS.items():
        unknown = absent("condition", by="region", concept=condition, active="1", onset_known="1")
        yield when_all(c.request << fit & (m.pattern == pattern), c.unknown << unknown & here).conclude("met")
    known = (m.k == "condition") & (m.active == 1) & (m.onset_known == 1) & one_of("concept", CONDITIONS.values())
    older = (m.k == "fit") & (m.region == c.pain.region) & (m.age_days > c.pain.onset_days)
    yield when_all(c.pain << known, c.request << older).conclude("before-onset")


def _open() -> Iterator[Rule]:
    """A side that is not recorded proves nothing; findings of the other side alone do not explain the pain."""
    wanted = (m.k == "wanted") & (m.pattern == RADICULAR)
    root, here = _seen(RADICULAR), m.region == c.request.region
    unsided = c.request << wanted & (m.pain_side == "")
    for side, _ in SIDES:
        silent = [_no("pain", name) << _absent_pain(name) & here for name in (side, BOTH)]
        yield when_all(unsided & (m.want == side), c.seen << root, *silent).conclude("no-side")
    silent = [_no("pain", name) << _absent_pain(name) & here for name in ("left", "right", BOTH)]
    yield when_all(unsided & (m.want != "left") & (m.want != "right"), c.seen << root, *silent).conclude("no-side")
    sided = c.request << wanted & (m.pain_side != "")
    yield when_all(sided, c.seen << root & (m.side == "")).conclude("image-without-side")
    both = c.request << wanted & (m.pain_side != "") & (m.want == BOTH)
    yield when_all(both, c.seen << root & (m.side != "") & (m.side != BOTH)).conclude("one-side-only")
    for pattern in (RADICULAR, POSTSURGICAL):
        for side, other in SIDES:
            of = c.request << (m.k == "wanted") & (m.pattern == pattern) & (m.want == side)
            no_other = _none_beside("explanation", pattern, side)
            yield when_all(of, c.seen << _seen(pattern) & (m.side == other), *no_other).conclude("other-side")


def _unexplained(days: int) -> Iterator[Rule]:
    """Covered pain and imaging, but no finding that explains this pain or another one of the region."""
    here = m.region == c.request.region
    said = (m.k == "statement") & (m.set == "imaging-findings") & (m.where != "note") & (m.age_days <= days)
    for pattern in CONDITIONS:
        pain = c.pain << (m.k == "pain") & (m.pattern == pattern) & here
        silent = [_no("explained", pattern) << absent("explanation", by="region", pattern=pattern) & here]
        silent += [
            _no("agrees", other) << absent("concordant-imaging", by="region", pattern=other) & here
            for other in CONDITIONS
            if other != pattern
        ]
        aimed = c.request << (m.k == "aimed")
        yield when_all(aimed, pain, c.statement << said & here, *silent).conclude("not-met")
        # Told of every such pain; where findings were read, that is the answer.
        yield when_all(aimed, pain, *silent).conclude("unread")


def _seen(pattern: str) -> Any:
    return (m.k == "explanation") & (m.pattern == pattern) & (m.region == c.request.region)


def _absent_pain(side: str) -> Any:
    return absent("pain", by="region", pattern=RADICULAR, side=side)


def _none_beside(kind: str, pattern: str, side: str) -> list[Any]:
    """Nothing of the kind on this side, on both or on an unknown one."""
    sides = {side: side, BOTH: BOTH, "unsided": ""}
    here = m.region == c.request.region
    return [
        _no(kind, name) << absent(kind, by="region", pattern=pattern, side=value) & here
        for name, value in sides.items()
    ]


def _no(what: str, name: str) -> Any:
    return getattr(c, f"no_{what}_{name}")
