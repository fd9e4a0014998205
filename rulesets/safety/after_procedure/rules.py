"""A procedure done in the visit, antithrombotics and diabetes → restart and glucose plan."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

DONE = (m.k == "done-procedure") & (m.risk != "none") & (m.risk != "")
# Drugs that protect from a clot; whoever was told to leave out an NSAID or a herb needs no plan to take it again.
PROTECTING = ("anticoagulant", "antiplatelet", "aspirin", "fibrinolytic")
# Drugs that no table times; whoever prescribes them says when.
UNTIMED = ("avoid", "refer")


def rules(_: Values) -> Iterator[Rule]:
    yield from _done()
    yield from _restarts()
    done = c.care << (m.k == "done-procedure") & (m.steroid != "no") & (m.steroid != "")
    yield when_all(done, c.diabetes << (m.k == "diabetes"), c.steady << absent("labile-glucose")).conclude("monitor")
    labile = c.labile << (m.k == "labile-glucose")
    yield when_all(done, c.diabetes << (m.k == "diabetes"), labile).conclude("monitor-longer")


def _done() -> Iterator[Rule]:
    """The procedure in the class in force: one higher where the patient bleeds more easily."""
    care = m.k == "aftercare"
    nothing = c.nothing << absent("bleeding-modifier", region="")
    nothing_there = c.nothing_there << absent("bleeding-modifier", by="region") & (m.region == c.care.region)
    anywhere, somewhere = c.care << care & (m.region == ""), c.care << care & (m.region != "")
    yield when_all(anywhere, nothing).derive("done-procedure", **_fields(c.care.risk))
    yield when_all(somewhere, nothing, nothing_there).derive("done-procedure", **_fields(c.care.risk))
    everywhere = c.modifier << (m.k == "bleeding-modifier") & (m.region == "")
    yield when_all(c.care << care, everywhere).derive("done-procedure", **_fields(c.care.raised))
    there = c.modifier << (m.k == "bleeding-modifier") & (m.region != "") & (m.region == c.care.region)
    yield when_all(somewhere, there).derive("done-procedure", **_fields(c.care.raised))


def _fields(risk: Any) -> dict[str, Any]:
    names = ("procedure", "title", "region", "side", "date", "steroid")
    return {name: getattr(c.care, name) for name in names} | {"risk": risk}


def _restarts() -> Iterator[Rule]:
    place = {"procedure": c.care.procedure, "what": c.care.title, "region": c.care.region, "side": c.care.side}
    place |= {"date": c.care.date, "risk": c.care.risk}
    for group in PROTECTING:
        drug = c.drug << (m.k == "antithrombotic") & (m.state != "planned") & (m.group == group)
        fields = _of_drug(again=c.drug.again, state=c.drug.state)
        yield when_all(c.care << DONE, drug).derive("restart", **place, **fields)
        stopped = c.drug << (m.k == "antithrombotic-stopped") & (m.group == group)
        fields = _of_drug(again=c.drug.drug, state="stopped")
        yield when_all(c.care << DONE, stopped).derive("restart", **place, **fields)
    plan = m.k == "restart"
    for action in ("hold", "hold-hours"):
        yield when_all(c.restart << plan & (m.action == action)).conclude("restart-after-hold")
    for action in UNTIMED:
        yield when_all(c.restart << plan & (m.action == action)).conclude("restart-known")
    # Where the prescriber was to be asked before, the same holds afterwards for what was stopped.
    for state in ("held", "stopped"):
        yield when_all(c.restart << plan & (m.action == "ask") & (m.state == state)).conclude("restart-known")


def _of_drug(**fields: Any) -> dict[str, Any]:
    return {
        "drug": c.drug.drug,
        "title": c.drug.title,
        "group": c.drug.group,
        "action": lookup("hold", c.drug.drug, c.care.risk, part="action"),
        **fields,
    }
