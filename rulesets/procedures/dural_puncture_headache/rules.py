"""A headache that began after a needle near the canal → dural puncture headache, or the question."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

NEEDLES = {
    "epidural-transforaminal": "transforaminal epidural injection",
    "epidural-interlaminar": "interlaminar epidural injection",
    "epidural-caudal": "caudal epidural injection",
    "selective-nerve-root-block": "selective nerve root block",
    "spinal-cord-stimulation": "stimulator procedure",
    "epidural-adhesiolysis": "epidural adhesiolysis",
    "percutaneous-decompression": "percutaneous decompression",
}


def rules(p: Values) -> Iterator[Rule]:
    lately = (m.k == "procedure") & (m.set == "spine-procedures") & (m.rank == 0) & (m.age_days >= 0)
    for concept, title in NEEDLES.items():
        done = lately & (m.concept == concept) & (m.age_days <= p("headache_days"))
        yield when_all(c.done << done).derive("canal-needle", title=title, age_days=c.done.age_days)
    needle, view = c.needle << (m.k == "canal-needle"), c.hook << (m.k == "patient-in-view")
    known = (m.k == "condition") & (m.set == "post-puncture-headache") & (m.active == 1) & (m.latest_days >= 0)
    typical = known & (m.concept == "dural-puncture-headache") & (m.latest_days <= c.needle.age_days)
    yield when_all(needle, view, c.headache << typical).conclude("likely")
    plain = known & (m.concept == "headache") & (m.latest_days <= c.needle.age_days)
    untold = c.untold << absent("condition", concept="dural-puncture-headache", active="1")
    yield when_all(needle, view, c.headache << plain, untold).conclude("ask")
