"""Claudication, a thick ligament and an epidural that failed → minimally invasive decompression, inside a study."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

DECOMPRESSION = "percutaneous-decompression"


def rules(p: Values) -> Iterator[Rule]:
    legs = (m.pattern == "claudication") & (m.region == "lumbar")
    failed = c.failed << (m.k == "epidural-failed") & (m.region == "lumbar")
    ligament = c.ligament << (m.k == "thick-ligament") & (m.region == "lumbar")
    yield when_all(
        c.evidence << (m.k == "evidence") & legs & (m.state != "incomplete"),
        c.pain << (m.k == "pain") & legs & (m.onset_days >= p("pain_days")),
        ligament,
        failed,
        c.since << absent("epidural-helped-since", region="lumbar"),
    ).derive("decompression-candidate", region="lumbar")
    found = (
        c.candidate << (m.k == "decompression-candidate"),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.fresh << absent("procedure", concept=DECOMPRESSION),
        ligament,
        failed,
    )
    no_study = c.no_study << absent("in-study")
    yield from _suggested("fits", *found, c.study << (m.k == "in-study"))
    yield from _suggested("no-study", *found, no_study)
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.procedure == DECOMPRESSION)
    yield when_all(order, c.no_pain << absent("pain", pattern="claudication")).conclude("order-no-claudication")
    young = (m.onset_days >= 0) & (m.onset_days < p("pain_days"))
    yield when_all(order, c.pain << (m.k == "pain") & legs & young).conclude("order-young")
    # What completes an indication is asked for where there is one.
    indicated = (order, c.pain << (m.k == "pain") & legs)
    yield when_all(*indicated, c.thin << absent("thick-ligament", region="lumbar")).conclude("order-no-ligament")
    yield when_all(*indicated, c.untried << absent("epidural-tried", region="lumbar")).conclude("order-no-epidural")
    yield when_all(*indicated, no_study).conclude("order-no-study")


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome, *patterns, procedure=DECOMPRESSION, title="minimally invasive lumbar decompression", region="lumbar"
    )
