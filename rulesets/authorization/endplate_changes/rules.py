"""An ordered basivertebral ablation → what images say of the end plates, and what was ablated before."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

TREATABLE = "endplate-type-1-or-2"
UNTYPED = "endplate-untyped"
UNCLEAR = ((UNTYPED, "inside"), (UNTYPED, "unsaid"), (UNTYPED, "outside"), (TREATABLE, "unsaid"))
ABLATION = "basivertebral-nerve-ablation"
# The code of a session stands for its first two bodies.
BODIES = 2


def rules(p: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == ABLATION)
    inside = (m.type == TREATABLE) & (m.place == "inside")
    yield when_all(request, c.plates << (m.k == "endplate") & inside).conclude("shown")
    untreatable = c.untreatable << absent("endplate", type=TREATABLE)
    untyped = c.typed << absent("endplate", type=UNTYPED)
    for kind, outcome in (("endplate-type-3", "other-type"), ("denied", "denied")):
        yield when_all(request, _plates(kind), untreatable, untyped).conclude(outcome)
    no_target = c.no_target << absent("endplate", type=TREATABLE, place="inside")
    unplaced = c.placed << absent("endplate", type=TREATABLE, place="unsaid")
    away = c.plates << (m.k == "endplate") & (m.type == TREATABLE) & (m.place == "outside")
    yield when_all(request, away, no_target, unplaced, untyped).conclude("outside")
    for kind, place in UNCLEAR:
        seen = c.plates << (m.k == "endplate") & (m.type == kind) & (m.place == place)
        yield when_all(request, seen, no_target).conclude("unclear")
    yield when_all(request, c.silent << absent("endplate")).conclude("silent")
    done = c.done << (m.k == "procedure") & (m.concept == ABLATION) & (m.rank == 0)
    yield when_all(request, done).conclude("again")
    sessions = -(-p("bodies_lifetime") // BODIES)
    spent = c.done << (m.k == "procedure") & (m.concept == ABLATION) & (m.rank == sessions - 1)
    yield when_all(request, spent).conclude("spent")
    sent = (m.k == "sent") & (m.key == "procedures")
    never = c.never << absent("procedure", concept=ABLATION)
    yield when_all(request, never, c.sent << sent & (m.state == "complete")).conclude("first")
    yield when_all(request, never, c.sent << sent & (m.state != "complete")).conclude("procedures-unknown")


def _plates(kind: str) -> Any:
    return c.plates << (m.k == "endplate") & (m.type == kind)
