"""Every antithrombotic, before every class of procedure, with every kidney function, alone and beside another: a table.

The cells are what the rules say: each is one evaluation, so the table cannot differ from the cards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from service.facts.fact import BASE, Fact
from service.rules.finding import Finding, Value
from service.rules.load import Content
from service.rules.reason import Reasoner
from service.rules.reason import span as length

TODAY = date(2026, 11, 22)
RULE = "safety/antithrombotics"
SETS = ("antithrombotics", "nsaids", "herbals")
PROCEDURES = {
    "low": ("medial-branch-block", "lumbar"),
    "intermediate": ("epidural-transforaminal", "lumbar"),
    "high": ("spinal-cord-stimulation", "thoracic"),
}
KIDNEYS: dict[str, float | None] = {"80": 80.0, "40": 40.0, "20": 20.0, "unknown": None}
DEFAULTS: Mapping[type, Any] = {str: "", int: -1, float: -1.0}
WORDS = {
    "ask-prescriber": "prescriber decides",
    "aspirin-without-known-event": "prescriber decides; hold only to prevent a first event",
    "do-not-perform": "no needle while it is given",
    "refer": "ask cardiology or haematology",
    "continue": "continue",
}


class Drug(NamedTuple):
    """A drug as the record tells it: value set, concept, title and what else of the medication fact matters."""

    set: str
    concept: str
    title: str
    more: Mapping[str, Any]


def drugs(content: Content) -> Iterator[Drug]:
    """Every named drug; heparin by each route, enoxaparin by each dose."""
    for name in SETS:
        for concept, item in content.index.sets[name].concepts.items():
            if concept == "heparin":
                for route in ("iv", "sc", ""):
                    yield Drug(name, concept, f"heparin ({route or 'route unknown'})", {"route": route})
            elif concept == "enoxaparin":
                for daily in (40.0, 160.0, -1.0):
                    told = "dose unknown" if daily < 0 else f"{daily:g} mg a day"
                    yield Drug(name, concept, f"enoxaparin ({told})", {"daily": daily})
            elif concept not in ("heparin-flush", "antithrombotic-unnamed"):
                yield Drug(name, concept, item.title, {})


def as_markdown(content: Content, reasoner: Reasoner) -> str:
    """The table with one row a drug and kidney function (rows that say the same are one), sources as footnotes."""
    notes: dict[str, int] = {}
    lines = [
        "# Antithrombotic drugs before spine procedures",
        "",
        "Every cell is what the rules conclude for an ordered procedure of that bleeding risk class. Beside",
        "another: the same drug together with clopidogrel (clopidogrel with aspirin); two blood thinners, like an",
        "eGFR below 30, move the procedure one class up. A dash: nothing to do. Holds are agreed with the",
        "prescriber, never by the patient alone. Recorded by `pytest tests/golden --update-golden`; [n] cites the",
        "number's source and how sure it is.",
        "",
        "| drug | kidneys | "
        + " | ".join(f"{risk}" for risk in PROCEDURES)
        + " | low, beside another | intermediate, beside another |",
        "|---|---|" + "---|" * 5,
    ]
    for drug in drugs(content):
        rows: dict[tuple[str, ...], list[str]] = {}
        for name, egfr in KIDNEYS.items():
            cells = [_cell(reasoner, drug, risk, egfr, False, notes) for risk in PROCEDURES]
            cells += [_cell(reasoner, drug, risk, egfr, True, notes) for risk in ("low", "intermediate")]
            rows.setdefault(tuple(cells), []).append(name)
        for told, names in rows.items():
            kidneys = "any" if len(names) == len(KIDNEYS) else f"eGFR {', '.join(names)}"
            lines.append(f"| {drug.title} | {kidneys} | {' | '.join(told)} |")
    lines += ["", "## Sources", ""]
    lines += [f"{number}. {text}" for text, number in notes.items()]
    return "\n".join(lines) + "\n"


def _cell(reasoner: Reasoner, drug: Drug, risk: str, egfr: float | None, beside: bool, notes: dict[str, int]) -> str:
    procedure, region = PROCEDURES[risk]
    facts = [
        _fact("hook", hook="order-sign", today=TODAY.isoformat()),
        _fact("order", set="spine-procedures", concept=procedure, title=procedure, region=region, origin="order"),
        _fact("medication", set=drug.set, concept=drug.concept, title=drug.title, state="active", **drug.more),
    ]
    if egfr is not None:
        facts.append(_fact("observation", set="renal-function", concept="egfr", value=egfr, age_days=10, rank=0))
    if beside:
        other = "aspirin" if drug.concept == "clopidogrel" else "clopidogrel"
        facts.append(_fact("medication", set="antithrombotics", concept=other, title=other, state="active"))
    findings = [
        item
        for item in reasoner.reason(facts, TODAY, ()).findings
        if item.rule == RULE and not item.combined and drug.title.lower() in item.summary.lower()
    ]
    return "; ".join(dict.fromkeys(_said(item, notes) for item in sorted(findings, key=lambda f: f.outcome))) or "–"


def _said(finding: Finding, notes: dict[str, int]) -> str:
    values = {value.name: value for value in finding.values}
    held = values.get("hold_days") or values.get("hold_hours")
    longest = values.get("hold_days_longest") or values.get("hold_hours_longest")
    if longest is not None:
        return f"may need {_number(longest, notes)}"
    text = WORDS.get(finding.outcome, "hold")
    text += f" {_number(held, notes)}" if held is not None else ""
    restart = values.get("restart_hours")
    return text + (f", restart {_number(restart, notes)}" if restart is not None else "")


def _number(value: Value, notes: dict[str, int]) -> str:
    source = value.source
    text = ", ".join(part for part in (source.title, source.section, source.href) if part) + f" ({source.status})"
    number = notes.setdefault(text, len(notes) + 1)
    assert isinstance(value.value, int | float)
    return f"{length(value.value, value.unit)} [{number}]"


def _fact(kind: str, **fields: Any) -> Fact:
    schema = BASE[kind]
    return Fact(kind, {name: fields.get(name, _default(name, wanted)) for name, wanted in schema.items()})


def _default(name: str, wanted: type) -> Any:
    return 0 if name in ("drafted", "per_kg") else DEFAULTS[wanted]


def same(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Lines of which the two texts differ, for a readable failure."""
    return [line for line in first if line not in second] + [line for line in second if line not in first]
