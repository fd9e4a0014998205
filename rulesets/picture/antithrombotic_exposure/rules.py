"""Medications, diagnoses and kidney results → antithrombotic exposure and the risk of stopping it."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

UNNAMED = {
    "anticoagulant-use-unnamed": ("anticoagulant", "an anticoagulant that is not named"),
    "antiplatelet-use-unnamed": ("antiplatelet", "an antiplatelet drug that is not named"),
    "nsaid-use-unnamed": ("nsaid", "an NSAID that is not named"),
}
STANDING = {"mechanical-valve": "prosthetic heart valve"}
RECENT = {
    "venous-thromboembolism": ("venous thromboembolism", "vte_days"),
    "stroke": ("stroke or transient ischaemic attack", "stroke_days"),
    "coronary-stent": ("coronary stent", "stent_days"),
}


def rules(p: Values) -> Iterator[Rule]:
    yield from _drugs()
    yield from _told_by_diagnosis()
    yield from _stopped(p)
    yield from _kidneys(p)
    yield from _thrombotic_risk(p)


def _drugs() -> Iterator[Rule]:
    taken = (m.k == "medication") & (m.state != "past")
    plain = taken & (m.concept != "heparin") & (m.concept != "heparin-flush") & (m.concept != "antithrombotic-unnamed")
    for name in ("antithrombotics", "nsaids"):
        named = plain & (m.set == name) & (m.concept != "enoxaparin")
        yield when_all(c.drug << named).derive("antithrombotic", **_fields(c.drug.concept))
    # The record has no dose: the hold of a treatment dose is the longer one.
    enoxaparin = taken & (m.set == "antithrombotics") & (m.concept == "enoxaparin")
    yield when_all(c.drug << enoxaparin).derive("antithrombotic", **_fields("enoxaparin", unsure="dose"))
    heparin = taken & (m.set == "antithrombotics") & (m.concept == "heparin")
    for route in ("iv", "sc"):
        row = f"heparin-{route}"
        yield when_all(c.drug << heparin & (m.route == route)).derive("antithrombotic", **_fields(row))
    # Unknown route: the subcutaneous hold and the intravenous restart are the longer ones.
    unknown = heparin & (m.route != "iv") & (m.route != "sc")
    yield when_all(c.drug << unknown).derive(
        "antithrombotic", **_fields("heparin-sc", again="heparin-iv", unsure="route")
    )
    yield when_all(c.drug << taken & (m.set == "antithrombotics") & (m.concept == "antithrombotic-unnamed")).derive(
        "antithrombotic-unnamed", group="any", title="a blood thinner that is not named"
    )


def _fields(row: Any, again: Any = None, unsure: str = "") -> dict[str, Any]:
    return {
        "drug": row,
        "again": row if again is None else again,
        "title": c.drug.title,
        "group": lookup("group", c.drug.concept, "drug", part="is"),
        "state": c.drug.state,
        "unsure": unsure,
    }


def _told_by_diagnosis() -> Iterator[Rule]:
    aspirin = c.condition << (m.k == "condition") & (m.concept == "aspirin-use") & (m.active == 1)
    fields = {"drug": "aspirin", "again": "aspirin", "title": "aspirin", "group": "aspirin", "unsure": ""}
    unsaid = c.nothing << absent("medication", concept="aspirin")
    yield when_all(aspirin, unsaid).derive("antithrombotic", **fields, state="active")
    # The list says stopped, the diagnosis says long-term: somebody has to ask.
    past = c.drug << (m.k == "medication") & (m.set == "antithrombotics") & (m.concept == "aspirin")
    yield when_all(aspirin, past & (m.state == "past")).derive("antithrombotic", **fields, state="possible")
    for concept, (group, title) in UNNAMED.items():
        told = (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        yield when_all(c.condition << told).derive("antithrombotic-unnamed", group=group, title=title)


def _stopped(p: Values) -> Iterator[Rule]:
    lately = (m.state == "past") & (m.last_days >= 0) & (m.last_days <= p("stopped_days"))
    drug = (m.k == "medication") & (m.set == "antithrombotics") & lately
    yield when_all(
        c.drug << drug & (m.concept != "heparin-flush") & (m.concept != "antithrombotic-unnamed"),
    ).derive(
        "antithrombotic-stopped",
        drug=c.drug.concept,
        title=c.drug.title,
        group=lookup("group", c.drug.concept, "drug", part="is"),
        days=c.drug.last_days,
    )


def _kidneys(p: Values) -> Iterator[Rule]:
    low, very_low = p("egfr_low"), p("egfr_very_low")
    ranges = {
        "normal": m.value >= low,
        "low": (m.value < low) & (m.value >= very_low),
        "very-low": m.value < very_low,
    }
    # eGFR or measured clearance; a creatinine alone says too little without age, sex and weight.
    result = (m.k == "observation") & (m.set == "renal-function") & (m.concept != "creatinine") & (m.rank == 0)
    for state, inside in ranges.items():
        yield when_all(c.result << result & (m.age_days <= p("egfr_age_days")) & inside).derive(
            "kidney-function", state=state, value=c.result.value
        )
    severe = (m.k == "condition") & (m.concept == "ckd-severe") & (m.active == 1)
    yield when_all(c.condition << severe).derive("kidney-function", state="very-low", value=-1.0)


def _thrombotic_risk(p: Values) -> Iterator[Rule]:
    for concept, title in STANDING.items():
        yield _risk(concept, title, "yes", m.active == 1)
    yield _risk("heart-valve-replacement", "heart valve replacement of unknown kind", "no", m.active == 1)
    for concept, (title, limit) in RECENT.items():
        # A resolved clot is no less recent: activity does not matter, the date does.
        yield _risk(concept, title, "yes", (m.latest_days >= 0) & (m.latest_days <= p(limit)))
        yield _risk(concept, f"{title} without a date", "no", m.latest_days == -1)


def _risk(concept: str, title: str, known: str, test: Any) -> Rule:
    return when_all(c.condition << (m.k == "condition") & (m.concept == concept) & test).derive(
        "thrombotic-risk", reason=concept, title=title, known=known, onset_days=c.condition.latest_days
    )
