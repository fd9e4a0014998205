"""What the checklists rest on, from the record, sorted into sections: a fact's own sources, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from service.facts.fact import Fact
from service.prior_auth.packet import Packet, ancestry
from service.prior_auth.raw import codes, items, reference
from service.prior_auth.sources import Sources
from service.rules.reason import span

TITLES = {
    "order": "Order",
    "diagnosis": "Diagnosis",
    "symptoms": "Symptoms and function",
    "imaging": "Imaging",
    "treatment": "Prior treatment",
    "procedures": "Prior procedures and response",
    "safety": "Safety review",
    "plan": "Plan",
    "checklist": "Checklist",
    "not-found": "Not found in the record",
}
CONDITION = "condition"
SECTION_OF = {
    "order": "order",
    "performer": "order",
    CONDITION: "diagnosis",
    "observation": "symptoms",
    "statement": "symptoms",
    "imaging": "imaging",
    "span": "treatment",
    "medication": "treatment",
    "procedure": "procedures",
    "relief": "procedures",
    "unmeasured": "procedures",
    "count": "procedures",
    "done-here": "procedures",
    "dose": "procedures",
    "amount": "treatment",
    "allergy": "safety",
    "device": "procedures",
    "immunization": "safety",
    "goal": "plan",
}
# A statement belongs where its resource does.
SECTION_OF_TYPE = {
    "ImagingStudy": "imaging",
    "DiagnosticReport": "imaging",
    "ServiceRequest": "plan",
    "Appointment": "plan",
    "Procedure": "procedures",
    "MedicationStatement": "treatment",
    "MedicationRequest": "treatment",
}
# Facts that tell of one procedure: the one that tells most speaks for it.
TELLING = ("relief", "unmeasured", "procedure", "count", "done-here", "dose")
RESPONSE = ("relief", "unmeasured")
# Sections that tell a course.
DATED = ("treatment", "procedures")
DAY = re.compile(r"\b\d{4}(-\d\d){1,2}\b")
LAST = "9999"
SINCE = ", since"


class Evidence(NamedTuple):
    """One line of evidence and what it rests on."""

    text: str
    references: tuple[str, ...]


def relevant(packet: Packet) -> list[Fact]:
    """The facts of the record that the packet is about: those behind its checklists, and responses in the region."""
    reasoning = packet.evaluation.reasoning
    numbers = [number for item in packet.checklists for number in item.facts]
    chosen = ancestry(reasoning, [*numbers, *(fact.number for fact in packet.ordered)])
    regions = {fact.fields["region"] for fact in packet.ordered} - {""}
    reasons = {reference(item) for item in items(packet.order.get("reasonReference"))}
    for number, fact in reasoning.facts.items():
        response = fact.kind in RESPONSE and fact.fields["region"] in regions
        reason = fact.kind == CONDITION and any(source.reference in reasons for source in fact.sources)
        if response or reason:
            chosen[number] = fact
    return [fact for _, fact in sorted(chosen.items()) if not fact.rule and fact.sources]


def by_section(packet: Packet, sources: Sources) -> dict[str, list[Evidence]]:
    """The evidence of each section, without repeating what another line of it says."""
    found: dict[str, list[Evidence]] = {}
    for section, evidence in _spoken(packet, sources):
        found.setdefault(section, []).append(evidence)
    for name in DATED:
        found[name] = sorted(found.get(name, ()), key=_day)
    return {name: list(dict.fromkeys(lines)) for name, lines in found.items()}


def _day(evidence: Evidence) -> str:
    """The first day that a line names, those without one last."""
    match = DAY.search(evidence.text)
    return match.group() if match else LAST


def _spoken(packet: Packet, sources: Sources) -> Iterator[tuple[str, Evidence]]:
    facts = [fact for fact in relevant(packet) if fact.kind in SECTION_OF]
    told: set[str] = set()
    visits = courses(packet)
    for kind in TELLING:
        for fact in facts:
            if fact.kind == kind:
                visit = kind == "procedure" and fact.fields["concept"] in visits
                section = SECTION_OF["span" if visit else kind]
                yield from ((section, evidence) for evidence in _of_procedure(fact, told))
    yield from _conditions(facts, sources)
    for fact in facts:
        if fact.kind not in TELLING and fact.kind != CONDITION:
            for cited, label in fact.sources:
                section = _section(fact, cited)
                yield section, Evidence(label, (cited,))


def _conditions(facts: Iterable[Fact], sources: Sources) -> Iterator[tuple[str, Evidence]]:
    """One line for each resource, with all that it was read as and its codes, which payers compare with their lists."""
    named: dict[str, list[str]] = {}
    for fact in facts:
        for cited, label in fact.sources if fact.kind == CONDITION else ():
            named.setdefault(cited, []).append(label)
    for cited, labels in named.items():
        names = " and ".join(dict.fromkeys(label.split(SINCE)[0] for label in labels))
        since = next((label[label.index(SINCE) :] for label in labels if SINCE in label), "")
        found = [code for entry in sources.find(cited) for code in codes(entry.resource.get("code"), "icd10cm")]
        coded = f" ({', '.join(dict.fromkeys(found))})" if found else ""
        yield SECTION_OF[CONDITION], Evidence(names + since + coded, (cited,))


def courses(packet: Packet) -> set[str]:
    """The concepts of procedures that courses of treatment are made of: each visit is treatment, whatever cites it."""
    facts = packet.evaluation.reasoning.facts.values()
    visits = {source.reference for fact in facts if fact.kind == "span" for source in fact.sources}
    known = (fact for fact in facts if fact.kind == "procedure")
    return {str(fact.fields["concept"]) for fact in known if any(item.reference in visits for item in fact.sources)}


def _of_procedure(fact: Fact, told: set[str]) -> Iterator[Evidence]:
    """One line for a procedure with its response, else one for each source that no better line speaks for."""
    if fact.kind not in RESPONSE:
        for cited, label in fact.sources:
            if cited not in told:
                told.add(cited)
                yield Evidence(label, (cited,))
        return
    # The procedure itself is told last of its sources; scores around it come before.
    *around, (_, lead) = sorted(fact.sources, key=lambda source: source.reference.startswith("Procedure/"))
    told.update(source.reference for source in fact.sources)
    beside = f" ({'; '.join(source.label for source in around)})" if around else ""
    references = tuple(source.reference for source in fact.sources)
    yield Evidence(lead + _lasted(fact) + beside, references)


def _lasted(fact: Fact) -> str:
    """How long half of the relief or more lasted; scores show only how long at the least."""
    weeks = fact.fields.get("weeks", -1)
    if weeks < 0:
        return ""
    return f", half or more for {'at least ' if fact.fields['how'] == 'scores' else ''}{span(weeks, 'wk')}"


def _section(fact: Fact, cited: str) -> str:
    if fact.kind == "statement":
        return SECTION_OF_TYPE.get(cited.split("/")[0].removeprefix("draft "), SECTION_OF[fact.kind])
    return SECTION_OF[fact.kind]
