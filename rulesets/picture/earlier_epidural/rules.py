"""Past epidurals, their relief and pain scores → the last epidural for this pain, and how it stands."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

TITLES = {
    "epidural-transforaminal": "transforaminal epidural",
    "epidural-interlaminar": "interlaminar epidural",
    "epidural-caudal": "caudal epidural",
}
WEEK = 7


def rules(p: Values) -> Iterator[Rule]:
    yield from _last(p)
    recent = (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0) & (m.age_days >= 0)
    now = recent & (m.age_days <= p("now_days"))
    for level, test in (("back", m.value >= p("pain_back")), ("low", m.value < p("pain_back"))):
        yield when_all(c.last << (m.k == "last-epidural"), c.score << now & test & (m.age_days < c.last.days)).derive(
            "pain-since", region=c.last.region, level=level
        )
    yield from _earlier()


def _last(p: Values) -> Iterator[Rule]:
    for procedure, title in TITLES.items():
        done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == procedure) & (m.rank == 0)
        for stage, since in _stages(p).items():
            yield when_all(c.done << done & since, _newest(p)).derive(
                "last-epidural",
                procedure=procedure,
                title=title,
                region=c.done.region,
                side=c.done.side,
                days=c.done.age_days,
                stage=stage,
            )
        last = c.last << (m.k == "last-epidural") & (m.procedure == procedure)
        told = (m.k == "relief") & (m.set == "spine-procedures") & (m.concept == procedure) & (m.rank == 0)
        here = m.region == c.last.region
        for answer, test in (("helped", m.percent >= p("relief_helped")), ("failed", m.percent < p("relief_helped"))):
            yield when_all(last, c.relief << told & test & here).derive(
                "epidural-answer", region=c.last.region, procedure=procedure, answer=answer, percent=c.relief.percent
            )
        untold = absent("relief", by="region", set="spine-procedures", concept=procedure, rank="0")
        yield when_all(last, c.untold << untold & here).derive(
            "epidural-answer", region=c.last.region, procedure=procedure, answer="unknown", percent=-1.0
        )


def _stages(p: Values) -> dict[str, Any]:
    least, first, last = p("repeat_interval_days"), p("second_from_weeks") * WEEK, p("second_until_weeks") * WEEK
    since = m.age_days
    return {
        "settling": (since >= 0) & (since < least),
        "judging": (since >= least) & (since < first),
        "due": (since >= first) & (since <= last),
        "later": since > last,
    }


def _newest(p: Values) -> Any:
    """The newest epidural of the region by any approach was on the same day, within the episode."""
    session = (m.k == "procedure") & (m.set == "steroid-injections") & (m.concept == "epidural-steroid") & (m.rank == 0)
    within = session & (m.region != "") & (m.age_days <= p("episode_days"))
    return c.session << within & (m.region == c.done.region) & (m.age_days == c.done.age_days)


def _earlier() -> Iterator[Rule]:
    """For this pain unless it was for the other side; a side that nobody recorded contradicts nothing."""
    nerve = (m.pattern == "radicular") | (m.pattern == "claudication") | (m.pattern == "postsurgical")
    pain = (m.k == "pain") & nerve & (m.region != "")
    for side in ("", "bilateral"):
        yield _one(pain, side)
    for side in ("left", "right"):
        yield _one(pain & ((m.side == side) | (m.side == "") | (m.side == "bilateral")), side)
    earlier = c.earlier << (m.k == "earlier-epidural")
    yield when_all(earlier).derive("pause", pattern=c.earlier.pattern, region=c.earlier.region, reason="earlier")


def _one(pain: Any, side: str) -> Rule:
    last = c.last << (m.k == "last-epidural") & (m.side == side) & (m.region == c.pain.region)
    return when_all(c.pain << pain, last).derive(
        "earlier-epidural",
        pattern=c.pain.pattern,
        region=c.pain.region,
        procedure=c.last.procedure,
        title=c.last.title,
        days=c.last.days,
        stage=c.last.stage,
    )
