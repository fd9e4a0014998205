"""Procedures in question and antithrombotic exposure → what to do with each drug, and who has to agree."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

# Action of the hold table → outcome when the drug is taken.
TAKEN = {
    "hold": "hold-before-procedure",
    "hold-hours": "hold-hours-before-procedure",
    "ask": "ask-prescriber",
    "avoid": "do-not-perform",
    "refer": "refer",
}
NOT_SURE = {"possible": "ask-whether-taken", "planned": "ask-whether-taken", "held": "already-held"}
PLAN = m.k == "antithrombotic-plan"
TARGET = (m.k == "target") & (m.risk != "none")
SLOW = ("low", "very-low")


def rules(_: Values) -> Iterator[Rule]:
    yield from _plans()
    for action, outcome in TAKEN.items():
        yield when_all(c.plan << PLAN & (m.state == "active") & (m.action == action)).conclude(outcome)
    days = (m.action != "hold-hours") & (m.action != "continue")
    for state, outcome in NOT_SURE.items():
        yield when_all(c.plan << PLAN & (m.state == state) & days).conclude(outcome)
        hours = PLAN & (m.state == state) & (m.action == "hold-hours")
        yield when_all(c.plan << hours).conclude(f"{outcome}-hours")
    yield when_all(c.plan << PLAN & (m.state == "stopped") & (m.action == "hold")).conclude("recently-stopped")
    for group in ("aspirin", "antiplatelet"):
        kept = PLAN & (m.state == "active") & (m.action == "continue") & (m.group == group)
        yield when_all(c.plan << kept).conclude("continue")
    for unsure in ("route", "dose"):
        yield when_all(c.plan << PLAN & (m.unsure == unsure)).conclude(f"ask-{unsure}")
    yield from _kidneys()
    yield from _unnamed()
    for known, outcome in (("yes", "do-not-stop-without-specialist"), ("no", "clot-risk-unclear")):
        held = PLAN & (m.action != "continue") & (m.group != "nsaid") & (m.group != "other") & (m.state != "planned")
        yield when_all(c.plan << held, c.clot << (m.k == "thrombotic-risk") & (m.known == known)).conclude(outcome)


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
    yield when_all(target, stopped).derive(
        "antithrombotic-plan", **_fields(again=c.drug.drug, state="stopped", unsure="", days=c.drug.days)
    )


def _fields(
    row: Any = None, again: Any = None, state: Any = None, unsure: Any = None, egfr: Any = -1.0, days: Any = -1
) -> dict[str, Any]:
    drug = c.drug.drug if row is None else row
    return {
        "drug": drug,
        "again": c.drug.again if again is None else again,
        "title": c.drug.title,
        "group": c.drug.group,
        "state": c.drug.state if state is None else state,
        "unsure": c.drug.unsure if unsure is None else unsure,
        "action": lookup("hold", drug, c.target.risk, part="action"),
        "risk": c.target.risk,
        "procedure": c.target.procedure,
        "what": c.target.title,
        "region": c.target.region,
        "side": c.target.side,
        "origin": c.target.origin,
        "date": c.target.date,
        "in_days": c.target.in_days,
        "egfr": egfr,
        "days": days,
    }


def _kidneys() -> Iterator[Rule]:
    yield when_all(c.plan << PLAN & (m.unsure == "kidneys") & (m.action == "hold")).conclude("renal-function-unknown")
    for state in SLOW:
        slow = c.kidneys << (m.k == "kidney-function") & (m.state == state)
        for drug in ("apixaban", "rivaroxaban", "fondaparinux"):
            plan = c.plan << PLAN & (m.drug == drug) & (m.action == "hold") & (m.state != "stopped")
            yield when_all(plan, slow).conclude("longer-for-kidneys")
    very = c.kidneys << (m.k == "kidney-function") & (m.state == "very-low")
    enoxaparin = PLAN & (m.drug == "enoxaparin") & (m.action == "hold-hours") & (m.state != "stopped")
    yield when_all(c.plan << enoxaparin, very).conclude("longer-for-kidneys-hours")


def _unnamed() -> Iterator[Rule]:
    unnamed = m.k == "antithrombotic-unnamed"
    clotting, platelets = (absent("antithrombotic", group=group) for group in ("anticoagulant", "antiplatelet"))
    yield when_all(
        c.target << TARGET,
        c.drug << unnamed & (m.group == "any"),
        c.no_clotting << clotting,
        c.no_platelets << platelets,
    ).conclude("which-drug")
    for group, nothing in (("anticoagulant", clotting), ("antiplatelet", platelets)):
        yield when_all(c.target << TARGET, c.drug << unnamed & (m.group == group), c.nothing << nothing).conclude(
            "which-drug"
        )
    # An NSAID matters before high-risk procedures only.
    yield when_all(
        c.target << (m.k == "target") & (m.risk == "high"),
        c.drug << unnamed & (m.group == "nsaid"),
        c.nothing << absent("antithrombotic", group="nsaid"),
    ).conclude("which-drug")
