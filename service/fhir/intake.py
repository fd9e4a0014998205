"""From what was sent to one patient's record: index first, then read only what some rule asks for.

One cheap pass over raw JSON checks whose each resource is and recognises codes and words; only recognised resources are
validated. Whatever is repaired, left out or unreadable becomes a Gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.fhir.r4 import MODELS, READ, SUBJECT
from service.fhir.record import Gap, GapKind, ReadResource, Record
from service.fhir.references import Index, Owner
from service.fhir.repair import read as read_resource
from service.fhir.sent import Entry, KeyRead, Resource, State
from service.terminology.value_sets import Hit

# Recognises what a raw resource is about; None: not a type that any rule reads; (): read, and of no interest.
Recognise = Callable[[Resource, Index], "tuple[Hit, ...] | None"]
CONTAINED_ONLY = frozenset({"Medication"})


def read_record(keys: Mapping[str, KeyRead], patient_id: str, recognise: Recognise) -> Record:
    """The record of `patient_id` in the resources under `keys`; never raises for bad resources."""
    record = Record(keys=keys)
    entries = list(_entries(keys, record))
    index = Index((entry for _, entry in entries), patient_id)
    seen: dict[str, Resource] = {}
    for key, entry in entries:
        name = entry.resource.get("id")
        reference = f"{entry.resource['resourceType']}/{name}" if name else ""
        if reference and reference in seen:
            # The same resource under two keys is one resource; under one name two different ones are not.
            if _content(entry.resource) != _content(seen[reference]) and recognise(entry.resource, index) != ():
                problem = "came twice with different content; the first was used"
                record.gaps.append(Gap(GapKind.CONTRADICTION, reference, "", problem, True, key))
            continue
        seen[reference] = entry.resource
        _take(entry.resource, reference, key, patient_id, index, recognise, record)
    return record


def _entries(keys: Mapping[str, KeyRead], record: Record) -> Iterator[tuple[str, Entry]]:
    for key, known in keys.items():
        if known.state in (State.PARTIAL, State.FAILED):
            record.gaps.append(Gap(GapKind.INCOMPLETE, key, "", known.problem, True, key))
        for entry in known.entries:
            record.received += 1
            kind = entry.resource.get("resourceType") if isinstance(entry.resource, dict) else None
            if isinstance(kind, str) and kind:
                yield key, entry
            else:
                record.gaps.append(Gap(GapKind.UNREAD, key, "", "an entry has no resourceType", True, key))


def _take(
    raw: Resource, reference: str, key: str, patient_id: str, index: Index, recognise: Recognise, record: Record
) -> None:
    kind = raw["resourceType"]
    if kind == "Patient":
        _take_patient(raw, reference, key, patient_id, record)
        return
    if kind not in MODELS:
        if key in ("conditions", "medicationStatements", "medicationRequests", "procedures"):
            record.gaps.append(Gap(GapKind.UNREAD, reference or kind, "", f"{kind[:40]} is not read here", False, key))
        return
    if kind in CONTAINED_ONLY:
        return
    hits = recognise(raw, index)
    owner = index.owner(subject_of(raw, kind, index))
    if owner is Owner.OTHER:
        problem = "belongs to another patient; not used"
        record.gaps.append(Gap(GapKind.OTHER_PATIENT, reference or kind, SUBJECT[kind], problem, hits != (), key))
        return
    if hits == ():
        return
    if owner is Owner.NOBODY:
        problem = "names no patient; not used"
        record.gaps.append(Gap(GapKind.UNREAD, reference or kind, SUBJECT[kind], problem, True, key))
        return
    if hits is None:
        problem = "has neither a code nor words to recognise it by; not used"
        record.gaps.append(Gap(GapKind.UNREAD, reference or kind, "code", problem, True, key))
        return
    _read(raw, reference, key, hits, record)


def subject_of(raw: Resource, kind: str, index: Index) -> Any:
    """The reference that says whose it is; among an appointment's participants our patient's, else any patient's."""
    subject = raw.get(SUBJECT[kind])
    if not isinstance(subject, list):
        return subject
    actors = [item.get("actor") for item in subject if isinstance(item, dict)]
    ours = [actor for actor in actors if index.owner(actor) is Owner.OURS]
    patients = [actor for actor in actors if isinstance(actor, dict) and "Patient/" in str(actor.get("reference"))]
    return next(iter([*ours, *patients]), None)


def _read(raw: Resource, reference: str, key: str, hits: tuple[Hit, ...], record: Record) -> None:
    kind = raw["resourceType"]
    reading = read_resource(kind, raw)
    where = reference or kind
    for element, what in reading.repairs:
        record.gaps.append(Gap(GapKind.REPAIRED, where, element, what, False, key))
    if reading.model is None:
        record.gaps.append(Gap(GapKind.UNREAD, where, "", reading.problem, True, key))
        return
    record.resources.append(ReadResource(kind, where, reading.model, hits, raw, key))


def _take_patient(raw: Resource, reference: str, key: str, patient_id: str, record: Record) -> None:
    if raw.get("id") != patient_id:
        record.gaps.append(Gap(GapKind.OTHER_PATIENT, reference or "Patient", "id", "is another patient", True, key))
        return
    if record.patient is not None:
        return
    reading = read_resource("Patient", raw)
    for element, what in reading.repairs:
        record.gaps.append(Gap(GapKind.REPAIRED, reference, element, what, False, key))
    if reading.model is None:
        record.gaps.append(Gap(GapKind.UNREAD, reference, "", reading.problem, True, key))
        return
    record.patient = ReadResource("Patient", reference, reading.model, (), raw, key)


def _content(raw: Resource) -> Mapping[str, Any]:
    """What facts are made from; servers change the rest on the way."""
    names = READ.get(raw["resourceType"], ())
    return {name: raw[name] for name in names if name in raw}


def codings_of(concept: Any) -> list[Mapping[str, Any]]:
    """The codings of a raw CodeableConcept, [] for anything else."""
    # Parsed JSON has plain dicts only; the abstract Mapping test would cost more than all the rest.
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return [coding for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []
