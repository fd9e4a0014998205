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
EVENT = "a heart attack, stroke or narrowed arteries"
STANDING = {
    "mechanical-valve": "prosthetic heart valve",
    "antiphospholipid-syndrome": "antiphospholipid syndrome",
}
UNCLEAR = {
    "heart-valve-replacement": "heart valve replacement of unknown kind",
    "thrombophilia": "inherited clotting disorder",
}
RECENT = {
    "venous-thromboembolism": ("venous thromboembolism", "vte_days"),
    "stroke": ("stroke or transient ischaemic attack", "stroke_days"),
    "coronary-stent": ("coronary stent", "stent_days"),
    "acute-coronary-syndrome": ("heart attack or unstable angina", "coronary_days"),
}


def rules(p: Values) -> Iterator[Rule]:
    yield from _drugs(p)
    yield from _told_by_diagnosis()
    yield from _stopped(p)
    yield from _kidneys(p)
    yield from _thrombotic_risk(p)
    yield from _arterial()


def _drugs(p: Values) -> Iterator[Rule]:
    taken = (m.k == "medication") & (m.state != "past") & (m.route != "local")
    plain = taken & (m.concept != "heparin") & (m.concept != "heparin-flush") & (m.concept != "antithrombotic-unnamed")
    for name in ("antithrombotics", "nsaids", "herbals"):
        named = plain & (m.set == name) & (m.concept != "enoxaparin")
        yield when_all(c.drug << named).derive("antithrombotic", **_fields(c.drug.concept))
    yield from _enoxaparin(taken & (m.set == "antithrombotics") & (m.concept == "enoxaparin"), p("preventive_daily"))
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
    for name, group in (("serotonergics", "serotonergic"), ("herbals", "herbal")):
        drug = c.drug << taken & (m.set == name) & (m.state == "active")
        yield when_all(drug).derive("bleeding-drug", drug=c.drug.concept, title=c.drug.title, group=group)


def _enoxaparin(enoxaparin: Any, preventive: float) -> Iterator[Rule]:
    """By its daily dose; without one the hold of a treatment dose, which is the longer."""
    fixed = enoxaparin & (m.per_kg == 0)
    low, high = "enoxaparin-prophylactic", "enoxaparin"
    known = (m.daily > 0.0) & (m.daily <= preventive)
    yield when_all(c.drug << fixed & known).derive("antithrombotic", **_fields(low, again=high))
    yield when_all(c.drug << fixed & (m.daily > preventive)).derive("antithrombotic", **_fields(high))
    yield when_all(c.drug << enoxaparin & (m.per_kg == 1)).derive("antithrombotic", **_fields(high))
    yield when_all(c.drug << fixed & (m.daily < 0.0)).derive("antithrombotic", **_fields(high, unsure="dose"))


def _fields(row: Any, again: Any = None, unsure: str = "") -> dict[str, Any]:
    return {
        "drug": row,
        "again": row if again is None else again,
        "title": c.drug.title,
        "group": lookup("group", c.drug.concept, "drug", part="is"),
        "state": c.drug.state,
        "drafted": c.drug.drafted,
        "unsure": unsure,
    }


def _told_by_diagnosis() -> Iterator[Rule]:
    aspirin = c.condition << (m.k == "condition") & (m.concept == "aspirin-use") & (m.active == 1)
    fields = {"drug": "aspirin", "again": "aspirin", "title": "aspirin", "group": "aspirin", "unsure": "", "drafted": 0}
    unsaid = c.nothing << absent("medication", concept="aspirin")
    yield when_all(aspirin, unsaid).derive("antithrombotic", **fields, state="active")
    # The list says stopped, the diagnosis says long-term: somebody has to ask.
    past = c.drug << (m.k == "medication") & (m.set == "antithrombotics") & (m.concept == "aspirin")
    yield when_all(aspirin, past & (m.state == "past")).derive("antithrombotic", **fields, state="possible")
    for concept, (group, title) in UNNAMED.items():
        told = (m.k == "condition") & (m.concept == concept) & (m.active == 1)
        yield when_all(c.condition << told).derive("antithrombotic-unnamed", group=group, title=title)


def _stopped(p: Values) -> Iterator[Rule]:
    lately = (m.state == "past") & (m.route != "local") & (m.last_days >= 0) & (m.last_days <= p("stopped_days"))
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
    for concept, title in UNCLEAR.items():
        yield _risk(concept, title, "no", m.active == 1)
    for concept, (title, limit) in RECENT.items():
        # A resolved clot is no less recent: activity does not matter, the date does.
        yield _risk(concept, title, "yes", (m.latest_days >= 0) & (m.latest_days <= p(limit)))
        yield _risk(concept, f"{title} without a date", "no", m.latest_days == -1)


def _arterial() -> Iterator[Rule]:
    """Events and vessels that aspirin is taken after, however long ago."""
    vessels = (m.k == "condition") & (m.set == "arterial-disease")
    yield when_all(c.condition << vessels).derive("arterial-event", title=EVENT)
    for concept in ("stroke", "coronary-stent", "acute-coronary-syndrome"):
        event = (m.k == "condition") & (m.set == "thrombotic-risk") & (m.concept == concept)
        yield when_all(c.condition << event).derive("arterial-event", title=EVENT)


def _risk(concept: str, title: str, known: str, test: Any) -> Rule:
    return when_all(c.condition << (m.k == "condition") & (m.concept == concept) & test).derive(
        "thrombotic-risk", reason=concept, title=title, known=known, onset_days=c.condition.latest_days
    )
