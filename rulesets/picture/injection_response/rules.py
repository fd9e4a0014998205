"""Relief after past injections → helped or failed; sessions; claudication that came back after those that helped."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, one_of, when_all
from service.rules.parameters import Values

EPIDURALS = ("epidural-transforaminal", "epidural-interlaminar", "epidural-caudal", "selective-nerve-root-block")
# Needles that come near the canal; a headache after one may be that of a dural puncture.
CANAL_NEEDLES = (*EPIDURALS, "spinal-cord-stimulation", "epidural-adhesiolysis", "percutaneous-decompression")
FAMILIES = {
    **dict.fromkeys(EPIDURALS, "epidural"),
    "facet-joint-injection": "facet",
    "medial-branch-radiofrequency": "facet",
}


def rules(p: Values) -> Iterator[Rule]:
    known = (m.k == "relief") & (m.region != "") & (m.age_days >= 0) & (m.age_days <= p("look_back_days"))
    for concept, family in FAMILIES.items():
        of = known & (m.concept == concept)
        for response, test in (("helped", m.percent >= p("half_relief")), ("failed", m.percent < p("half_relief"))):
            yield when_all(c.relief << of & test).derive(
                "injection", family=family, region=c.relief.region, response=response, age_days=c.relief.age_days
            )
    done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.region != "") & (m.age_days >= 0)
    for concept in EPIDURALS:
        session = c.done << done & (m.concept == concept) & (m.age_days <= p("look_back_days"))
        yield when_all(session).derive("epidural-session", region=c.done.region, age_days=c.done.age_days)
    yield from _rebound(p)
    yield from _after(p)


def _rebound(p: Values) -> Iterator[Rule]:
    claudication = (m.k == "pain") & (m.pattern == "claudication") & (m.confirmed == 1) & (m.region != "")
    agrees = (m.k == "concordant-imaging") & (m.pattern == "claudication") & (m.region == c.pain.region)
    helped = (m.k == "injection") & (m.family == "epidural") & (m.response == "helped")
    base = (
        c.pain << claudication,
        c.agrees << agrees,
        c.first << helped & _painful(),
        c.second << helped & _painful() & (m.age_days > c.first.age_days),
    )
    session = (m.k == "epidural-session") & _painful()
    third = c.third << session & (m.age_days != c.first.age_days) & (m.age_days != c.second.age_days)
    yield when_all(*base, third).derive("epidural-rebound", region=c.pain.region)
    # Two that helped, and pain again since the last of them.
    score = (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0) & (m.value >= p("back_pain"))
    again = c.third << score & (m.age_days >= 0) & (m.age_days < c.first.age_days)
    yield when_all(*base, again).derive("epidural-rebound", region=c.pain.region)


def _after(p: Values) -> Iterator[Rule]:
    """What the newest session of each kind was followed by: an answer, a score, a headache."""
    done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.rank == 0) & (m.age_days >= 0)
    since = done & (m.age_days <= p("answer_days"))
    answers = {
        "helped": (m.k == "relief") & (m.percent >= p("half_relief")),
        "failed": (m.k == "relief") & (m.percent < p("half_relief")),
        "unknown": (m.k == "unmeasured"),
    }
    for answer, test in answers.items():
        told = test & (m.set == "spine-procedures") & (m.concept == c.done.concept) & (m.region == c.done.region)
        yield when_all(c.done << since, c.told << told & (m.age_days == c.done.age_days)).derive(
            "session-answer", concept=c.done.concept, region=c.done.region, answer=answer
        )
    score = (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0) & (m.age_days >= 0)
    yield when_all(c.done << since, c.score << score & (m.age_days < c.done.age_days)).derive(
        "scored-since", concept=c.done.concept
    )
    near = one_of("concept", CANAL_NEEDLES)
    headache = (m.k == "condition") & (m.set == "post-puncture-headache") & (m.concept == "dural-puncture-headache")
    fresh = headache & (m.active == 1) & (m.latest_days >= 0) & (m.latest_days <= c.done.age_days)
    yield when_all(c.done << done & (m.age_days <= p("headache_days")) & near, c.headache << fresh).derive(
        "puncture-headache", since=c.done.age_days
    )


def _painful() -> Any:
    return m.region == c.pain.region
