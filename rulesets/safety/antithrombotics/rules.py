"""Procedures in question and antithrombotic exposure → what to do with each drug, and who has to agree."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

# Action of the hold table → outcome when the drug is taken.
TAKEN = {"avoid": "do-not-perform", "refer": "refer"}
# Drugs that protect from a clot; holding one of the others costs no clot.
PROTECTING = {
    "hold": ("anticoagulant", "antiplatelet"),
    "hold-hours": ("anticoagulant", "antiplatelet", "fibrinolytic"),
}
OTHERS = {"hold": ("nsaid", "herbal", "other"), "hold-hours": ("herbal", "other")}
PLAN = m.k == "antithrombotic-plan"
TAKING = PLAN & (m.state == "active")
TARGET = (m.k == "target") & (m.risk != "none")
SLOW = ("low", "very-low")


def rules(_: Values) -> Iterator[Rule]:
    yield from _plans()
    yield from _held()
    for action, outcome in TAKEN.items():
        yield when_all(c.plan << TAKING & (m.action == action)).conclude(outcome)
    asked = TAKING & (m.action == "ask")
    yield when_all(c.plan << asked & (m.group != "aspirin")).conclude("ask-prescriber")
    aspirin = c.plan << asked & (m.group == "aspirin")
    yield when_all(aspirin, c.nothing << absent("arterial-event")).conclude("aspirin-without-known-event")
    yield when_all(aspirin, c.event << (m.k == "arterial-event")).conclude("aspirin-after-event")
    for group in ("aspirin", "antiplatelet"):
        kept = TAKING & (m.action == "continue") & (m.group == group)
        yield when_all(c.plan << kept).conclude("continue")
    yield from _kidneys()


def _held() -> Iterator[Rule]:
    """Hold, or where stopping is more dangerous than waiting: defer."""
    today = c.hook << (m.k == "hook")
    calm = c.calm << absent("thrombotic-risk", known="yes")
    clot = c.clot << (m.k == "thrombotic-risk") & (m.known == "yes")
    for group in OTHERS["hold"]:
        yield when_all(c.plan << _taken(group, "hold"), today).conclude("hold-before-procedure")
    for group in OTHERS["hold-hours"]:
        yield when_all(c.plan << _taken(group, "hold-hours")).conclude("hold-hours-before-procedure")
    for group in PROTECTING["hold"]:
        yield when_all(c.plan << _taken(group, "hold"), calm, today).conclude("hold-before-procedure")
        yield when_all(c.plan << _taken(group, "hold"), clot).conclude("defer-for-clot-risk")
    for group in PROTECTING["hold-hours"]:
        yield when_all(c.plan << _taken(group, "hold-hours"), calm).conclude("hold-hours-before-procedure")
        yield when_all(c.plan << _taken(group, "hold-hours"), clot).conclude("defer-for-clot-risk-hours")


def _taken(group: str, action: str) -> Any:
    return TAKING & (m.group == group) & (m.action == action)


def _plans() -> Iterator[Rule]:
    target, drug = c.target << TARGET, (m.k == "antithrombotic")
    yield when_all(target, c.drug << drug & (m.drug != "dabigatran")).derive("antithrombotic-plan", **_fields())
    dabigatran = c.drug << drug & (m.drug == "dabigatran")
    quick = (absent("kidney-function", state=state) for state in SLOW)
    yield when_all(
        target,
        dabigatran,
        c.kidneys << (m.k == "kidney-function") & (m.state == "normal"),
        *(getattr(c, f"no_{place}") << item for place, item in enumerate(quick)),
    ).derive("antithrombotic-plan", **_fields(egfr=c.kidneys.value))
    slow = "dabigatran-low-egfr"
    for state in SLOW:
        kidneys = c.kidneys << (m.k == "kidney-function") & (m.state == state)
        yield when_all(target, dabigatran, kidneys).derive(
            "antithrombotic-plan", **_fields(row=slow, egfr=c.kidneys.value)
        )
    # Unknown is not normal: the longer hold, and the question.
    unknown = c.unknown << absent("kidney-function")
    yield when_all(target, dabigatran, unknown).derive("antithrombotic-plan", **_fields(row=slow, unsure="kidneys"))
    stopped = c.drug << (m.k == "antithrombotic-stopped")
    fields = {"again": c.drug.drug, "state": "stopped", "drafted": 0, "unsure": "", "days": c.drug.days}
    yield when_all(target, stopped).derive("antithrombotic-plan", **_fields(**fields))


def _fields(row: Any = None, **given: Any) -> dict[str, Any]:
    """All fields of a plan; the drug's own unless `given` has others."""
    drug = c.drug.drug if row is None else row
    fields = {
        "drug": drug,
        "title": c.drug.title,
        "group": c.drug.group,
        "action": lookup("hold", drug, c.target.risk, part="action"),
        "risk": c.target.risk,
        "base": c.target.base,
        "procedure": c.target.procedure,
        "what": c.target.title,
        "region": c.target.region,
        "side": c.target.side,
        "origin": c.target.origin,
        "date": c.target.date,
        "in_days": c.target.in_days,
        "egfr": -1.0,
        "days": -1,
    }
    for name in ("again", "state", "drafted", "unsure"):
        fields[name] = given[name] if name in given else getattr(c.drug, name)
    return fields | given


def _kidneys() -> Iterator[Rule]:
    for state in SLOW:
        slow = c.kidneys << (m.k == "kidney-function") & (m.state == state)
        for drug in ("apixaban", "rivaroxaban", "fondaparinux"):
            plan = c.plan << PLAN & (m.drug == drug) & (m.action == "hold") & (m.state != "stopped")
            yield when_all(plan, slow).conclude("longer-for-kidneys")
    very = c.kidneys << (m.k == "kidney-function") & (m.state == "very-low")
    for drug in ("enoxaparin", "enoxaparin-prophylactic"):
        enoxaparin = PLAN & (m.drug == drug) & (m.action == "hold-hours") & (m.state != "stopped")
        yield when_all(c.plan << enoxaparin, very).conclude("longer-for-kidneys-hours")
