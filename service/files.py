"""FHIR files as a request would carry them: Bundles of any type, single resources, NDJSON, each also gzip'ed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from service.errors import NeededDataMissing, NotJson, NotUnderstood
from service.facts.needs import RESOURCE_TYPES
from service.fhir.sent import Entry, KeyRead, Resource, State
from service.question import Question

UNDER_WAY = frozenset({"arrived", "triaged", "in-progress", "onleave"})
GZIP = b"\x1f\x8b"
KEY_OF_TYPE = {resource_type: key for key, resource_type in RESOURCE_TYPES.items()} | {
    "Encounter": "procedures",
    # Never asked for by itself: read where it comes along.
    "Goal": "conditions",
    "MedicationAdministration": "medicationRequests",
    "Medication": "medicationRequests",
    "Appointment": "serviceRequests",
    "Practitioner": "practitionerRoles",
    "Organization": "practitionerRoles",
}


def read_entries(path: Path) -> list[Entry]:
    """All resources of a file; raises NotJson or NotUnderstood with the file's name and what to do."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw.startswith(GZIP) else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise NotUnderstood(f"{path.name} cannot be read: {type(error).__name__}") from error
    found = [entry for document in _documents(path, text) for entry in _entries(path, document)]
    if not found:
        raise NotUnderstood(f"{path.name} holds no FHIR resource")
    return found


def by_key(entries: Iterable[Entry], templates: Iterable[str]) -> dict[str, KeyRead]:
    """Resources under the prefetch keys they would come in; a record from files is taken as complete."""
    groups: dict[str, list[Entry]] = {key: [] for key in templates}
    failed = False
    for entry in entries:
        failed = failed or entry.resource.get("resourceType") == "OperationOutcome"
        key = KEY_OF_TYPE.get(str(entry.resource.get("resourceType")))
        if key in groups:
            groups[key].append(entry)
    state, problem = (
        (State.PARTIAL, "the files say that a part of the record failed") if failed else (State.COMPLETE, "")
    )
    return {key: KeyRead(key, state, tuple(items), problem) for key, items in groups.items()}


def question(hook: str, entries: Sequence[Entry], orders: Sequence[Resource], day: date, policy: str = "") -> Question:
    """The question that files ask: `orders` are drafts, appointments or what is dispatched to its performer.

    The visit of an encounter hook is the one Encounter in progress; without one it is the visit of the day.
    """
    patient = patient_id(entries)
    if hook == "order-dispatch":
        found = [order for order in orders if order.get("resourceType") == "ServiceRequest"]
        names = tuple(f"ServiceRequest/{order.get('id')}" for order in found)
        return Question(hook, patient, day, (), policy, dispatched=names, performer=_performer(found))
    visit = _visit(entries) if hook.startswith("encounter-") else None
    return Question(hook, patient, day, tuple(orders), policy, encounter=visit)


def _performer(orders: Sequence[Resource]) -> str:
    """The first performer that an order names; raises NotUnderstood where none does."""
    named = [item for order in orders for item in order.get("performer") or () if isinstance(item, Mapping)]
    references = [str(item["reference"]) for item in named if item.get("reference")]
    if not references:
        raise NotUnderstood("order-dispatch needs --order with a ServiceRequest that names its performer")
    return references[0]


def _visit(entries: Sequence[Entry]) -> str:
    going = [e.resource for e in entries if e.resource.get("resourceType") == "Encounter"]
    ids = [str(raw.get("id") or "") for raw in going if raw.get("status") in UNDER_WAY]
    return ids[0] if len(ids) == 1 else ""


def patient_id(entries: Sequence[Entry]) -> str:
    """The id of the one Patient among the entries; raises NeededDataMissing for none, NotUnderstood for several."""
    ids = {str(e.resource.get("id")) for e in entries if e.resource.get("resourceType") == "Patient"}
    if not ids:
        raise NeededDataMissing("the files hold no patient; give the files of exactly one")
    if len(ids) > 1:
        raise NotUnderstood(f"the files hold {len(ids)} patients; give the files of exactly one")
    return ids.pop()


def _documents(path: Path, text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
        return
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise NotJson(f"{path.name} is not JSON: {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise NotJson(f"{path.name}, line {number} is not JSON: {error}") from error


def _entries(path: Path, document: Any) -> Iterator[Entry]:
    if not isinstance(document, Mapping) or not isinstance(document.get("resourceType"), str):
        raise NotUnderstood(f"{path.name} is JSON, but no FHIR resource (it has no resourceType)")
    if document["resourceType"] != "Bundle":
        yield Entry(document)
        return
    entries = document.get("entry") or ()
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise NotUnderstood(f"{path.name} is a Bundle whose entries are not a list")
    for item in entries:
        resource = item.get("resource") if isinstance(item, Mapping) else None
        if isinstance(resource, Mapping) and resource.get("resourceType") == "Bundle":
            yield from _entries(path, resource)
        elif isinstance(resource, Mapping):
            yield Entry(resource, str(item.get("fullUrl") or ""))
