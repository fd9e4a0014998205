"""Facet joint injection: after blocks, for a cyst, or not first."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

SETS = {"device": "implanted-devices", "condition": "implanted-device-status"}


def rules(p: Values) -> Iterator[Rule]:
    yield from _suggestions()
    order = c.order << _ordered()
    here = m.region == c.order.region
    none = c.no_response << absent("facet-response", by="region") & here
    no_cyst = c.no_cyst << absent("statement", by="region", concept="facet-cyst", negated="0") & here
    sent = (m.k == "sent") & (m.key == "procedures")
    yield when_all(order, none, no_cyst, c.sent << sent & (m.state == "complete")).conclude("blocks-first")
    # Procedures that were not all there to read leave open what was done.
    yield when_all(order, none, no_cyst, c.sent << sent & (m.state != "complete")).conclude("blocks-not-read")
    response = c.response << (m.k == "facet-response") & here
    unhindered = [getattr(c, f"no_{kind}") << absent(kind, set=name, active="1") for kind, name in SETS.items()]
    yield when_all(order, response, no_cyst, *unhindered).conclude("reason-missing")
    known = (m.k == "relief") & (m.concept == "facet-joint-injection") & (m.rank == 0) & here
    yield when_all(order, c.last << known & (m.percent < float(p("injection_relief")))).conclude("repeat-poor")
    untold = (m.k == "unmeasured") & (m.concept == "facet-joint-injection") & (m.rank == 0) & here
    yield when_all(order, c.last << untold).conclude("repeat-unknown")


def _suggestions() -> Iterator[Rule]:
    pain = c.pain << (m.k == "facet-evidence")
    response = c.response << (m.k == "facet-response") & (m.region == c.pain.region)
    # An ablation that is done or planned has settled the question.
    none = {kind: absent(kind, by="region", concept="medial-branch-radiofrequency") for kind in ("procedure", "order")}
    undecided = [getattr(c, f"no_{kind}") << item & (m.region == c.pain.region) for kind, item in none.items()]
    for kind, name in SETS.items():
        # A cochlear implant or a pump is no reason: the one is far, the other has no current to lose.
        heart = (m.concept == "pacemaker") | (m.concept == "icd") | (m.concept == "crt")
        implant = c.device << (m.k == kind) & (m.set == name) & (m.active == 1) & heart
        yield from _suggested("instead-of-ablation", c.response.side, pain, response, implant, *undecided)
    cyst = (m.k == "statement") & (m.concept == "facet-cyst") & (m.negated == 0) & (m.where != "note")
    yield from _suggested(
        "cyst",
        c.pain.side,
        c.pain << (m.k == "evidence") & (m.pattern == "radicular") & (m.state != "incomplete"),
        c.cyst << cyst & (m.region == c.pain.region),
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _ordered() -> Any:
    return (m.k == "target") & (m.origin == "order") & (m.procedure == "facet-joint-injection") & (m.region != "")


def _suggested(outcome: str, side: Any, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure="facet-joint-injection",
        title="facet joint injection",
        region=c.pain.region,
        side=side,
    )
