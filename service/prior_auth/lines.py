"""The sections of a packet as lines, each with the resources it rests on; every form of a packet shows these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.fhir.record import Gap, GapKind
from service.fhir.sent import State
from service.prior_auth.evidence import TITLES, by_section
from service.prior_auth.packet import Packet
from service.prior_auth.payer import IN_FORCE, covers, remarks
from service.prior_auth.payer import WORDS as NOT_IN_FORCE
from service.prior_auth.raw import Raw, codes, day, items, quantity, words, written_notes
from service.prior_auth.safety import left_out, safety_findings
from service.prior_auth.sources import Sources
from service.rules.finding import CriterionResult, Finding
from service.unchecked import NAMES

WORDS = {"met": "met", "not-met": "not met", "not-documented": "not documented", "not-applicable": "not applicable"}
# What a reader should look at first.
STATUSES = ("not-met", "not-documented", "met", "not-applicable")
STATES = {State.ABSENT: "not sent", State.FAILED: "could not be read", State.PARTIAL: "only partly read"}
# Of a note; the order itself, which goes along, has the rest.
LONGEST_NOTE = 2_000
QUOTED = re.compile("“(.+?)”")
NONE = "Nothing that the criteria rest on."


@dataclass(frozen=True, slots=True)
class Line:
    """One statement and the resources it rests on, as findings cite them; never without one."""

    text: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the packet; `lines` may be empty, which is then said with `NONE`."""

    id: str
    title: str
    lines: tuple[Line, ...]


def sections(packet: Packet, sources: Sources) -> tuple[Section, ...]:
    """All sections in the order of the document."""
    found = by_section(packet, sources)
    lines: dict[str, list[Line]] = {
        name: [Line(item.text, item.references) for item in found.get(name, ())] for name in TITLES
    }
    lines["order"] += [*_order(packet, sources), *_payers(packet, sources)]
    lines["safety"] += list(_safety(packet))
    plan = list(_plan(packet))
    lines["plan"] = [*plan, *(line for line in lines["plan"] if not _repeats(line, plan))]
    lines["checklist"] += list(_criteria(packet))
    lines["not-found"] += list(_not_found(packet, sources))
    return tuple(Section(name, title, tuple(_once(lines[name]))) for name, title in TITLES.items())


def ranked(criteria: Iterable[CriterionResult]) -> list[CriterionResult]:
    """Criteria with those first that something has to be done about."""
    return sorted(criteria, key=lambda item: (STATUSES.index(item.status), item.id))


def policy_title(packet: Packet, checklist: Finding) -> str:
    """What the policy of a checklist is called."""
    policy = packet.policies.get(checklist.policy)
    return policy.title if policy else checklist.policy


def _order(packet: Packet, sources: Sources) -> Iterator[Line]:
    order, own = packet.order, (packet.order_reference,)
    code = ", ".join(codes(order.get("code"), "cpt", "hcpcs", "snomed"))
    many = quantity(order.get("quantityQuantity"))
    said = {
        "Code": " × ".join(filter(None, [code, many])) if code else "",
        "Quantity": many if not code else "",
        "Site as written": "; ".join(filter(None, map(words, items(order.get("bodySite"))))),
        "Planned for": _planned(order),
        "Written on": day(order.get("authoredOn")),
        "Requested by": sources.who(order.get("requester"), order),
        "Diagnosis on the order": ", ".join(
            code for reason in items(order.get("reasonCode")) for code in codes(reason, "icd10cm")
        ),
    }
    for name, value in said.items():
        if value:
            yield Line(f"{name}: {value}", own)


def _planned(order: Raw) -> str:
    days = [order.get("occurrenceDateTime"), order.get("start")]
    days += [period.get("start") for period in items(order.get("occurrencePeriod"))]
    return next(filter(None, map(day, days)), "")


def _payers(packet: Packet, sources: Sources) -> Iterator[Line]:
    for cover in covers(packet, sources):
        if cover.state == IN_FORCE:
            yield Line(f"Coverage in force: {cover.said}", (cover.reference,))


def _safety(packet: Packet) -> Iterator[Line]:
    own = (packet.order_reference,)
    found = safety_findings(packet)
    for finding in found:
        references = tuple(dict.fromkeys(source.reference for source in finding.because))
        yield Line(f"{finding.summary} ({finding.indicator})", references or own)
    if not found:
        yield Line("No safety rule warns of anything in what was sent.", own)
    notes = left_out(packet)
    if notes:
        # Advice on how to do it is between the service and the clinician; its sources need not go to a payer.
        yield Line(f"Notes for the clinician that are no warnings, not repeated here: {notes}", own)


def _plan(packet: Packet) -> Iterator[Line]:
    for note in written_notes(packet.order):
        if note:
            cut = f"{note[:LONGEST_NOTE].rstrip()}… ({len(note) - LONGEST_NOTE} more characters)"
            yield Line(f"“{note if len(note) <= LONGEST_NOTE else cut}”", (packet.order_reference,))


def _repeats(line: Line, plan: Iterable[Line]) -> bool:
    """Whether a line quotes what the order's own note, told in full, says."""
    quoted = QUOTED.match(line.text)
    return quoted is not None and any(quoted[1].rstrip(".") in told.text for told in plan)


def _criteria(packet: Packet) -> Iterator[Line]:
    for checklist in packet.checklists:
        title = policy_title(packet, checklist)
        for item in ranked(checklist.criteria):
            parts = [f"needed: {item.needed}" if item.needed else "", f"found: {item.found}" if item.found else ""]
            said = "; ".join(filter(None, parts))
            line = f"{title}: {named(item.id)} {WORDS[item.status]}" + (f" ({said})" if said else "")
            yield Line(line, _rests_on(packet, item))


def named(name: str) -> str:
    """A criterion's id as words."""
    return name.replace("-", " ")


def _rests_on(packet: Packet, item: CriterionResult) -> tuple[str, ...]:
    """What a criterion rests on; one that nothing in the record speaks to is about the order."""
    return tuple(dict.fromkeys(source.reference for source in item.because)) or (packet.order_reference,)


def _not_found(packet: Packet, sources: Sources) -> Iterator[Line]:
    own = (packet.order_reference,)
    for checklist in packet.checklists:
        for item in ranked(checklist.criteria):
            if item.status == "not-documented":
                who = f"; can be supplied by: {item.supplier}" if item.supplier else ""
                needed = f": {item.needed}" if item.needed else ""
                yield Line(f"{named(item.id).capitalize()}{needed}{who}", own)
    yield from missing_lines(packet, sources)


def missing_lines(packet: Packet, sources: Sources) -> Iterator[Line]:
    """What to ask for, what is odd about who pays, and what of the record could not be used."""
    own = (packet.order_reference,)
    for checklist in packet.checklists:
        for missing in checklist.missing:
            yield Line(f"Ask for {missing.what} ({missing.from_}): {missing.why}", own)
    for remark in remarks(packet, sources):
        # A coverage that does not pay is told of and not sent: it is no business of the one that does.
        yield Line(remark.text, own if remark.word in NOT_IN_FORCE.values() else remark.references or own)
    yield from _unread(packet, sources)


def _unread(packet: Packet, sources: Sources) -> Iterator[Line]:
    """Parts of the record that did not come or could not be taken as they stand."""
    own, record = (packet.order_reference,), packet.evaluation.record
    for key in record.keys.values():
        if key.state is not State.COMPLETE:
            why = f" ({key.problem})" if key.problem else ""
            yield Line(f"{NAMES.get(key.key, key.key).capitalize()}: {STATES[key.state]}{why}", own)
    gaps = [gap for gap in record.gaps if gap.matters]
    others = sum(1 for gap in gaps if gap.kind is GapKind.OTHER_PATIENT)
    if others:
        # Never which: that would tell one patient's payer of another.
        yield Line(f"Belonging to another patient, not used: {others}", own)
    for gap in gaps:
        if gap.kind in (GapKind.UNREAD, GapKind.CONTRADICTION):
            # What names no patient is told of and not sent.
            yield Line(f"Not used: {_problem(gap)}", (gap.where,) if sources.find(gap.where) else own)


def _problem(gap: Gap) -> str:
    return " ".join(filter(None, [gap.where.split("/")[0], gap.element, gap.problem]))


def _once(lines: Iterable[Line]) -> list[Line]:
    """The lines, those of one text joined."""
    found: dict[str, Line] = {}
    for line in lines:
        known = found.get(line.text)
        joined = (*known.references, *line.references) if known else line.references
        found[line.text] = Line(line.text, tuple(dict.fromkeys(joined)))
    return list(found.values())
