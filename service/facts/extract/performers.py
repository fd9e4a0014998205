"""Whoever an order goes to → `performer` facts: the specialties that roles and qualifications record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.facts.extract.context import Context
from service.facts.extract.in_hand import index_of
from service.facts.fact import FactSource
from service.facts.raw import texts_of
from service.fhir.intake import codings_of
from service.fhir.references import Index
from service.terminology.value_sets import Hit

ROLE, PERSON = "PractitionerRole", "Practitioner"
# Elements that name a specialty by themselves; other codes of a performer count only where a value set knows them.
SPECIALTY = "specialty"
Raw = Mapping[str, Any]


def performers(context: Context) -> None:
    """One fact for each recognised specialty; else one that says whether another one is recorded, or nothing."""
    wanted, reference = context.sets("performer"), context.question.performer
    if not wanted or not reference:
        return
    index = index_of(context)
    known, others = [], []
    for resource in _of(context, reference, index):
        name = f"{resource.get('resourceType')}/{resource.get('id')}"
        for element, concept in _concepts(resource):
            hits = _hits(context, concept, wanted)
            known += [(hit, FactSource(name, context.label(hit, "recorded specialty"))) for hit in hits]
            if not hits and element == SPECIALTY and (codings_of(concept) or texts_of(concept)):
                others.append(FactSource(name, f"recorded specialty: {_said(concept)}"))
    for hit, source in known:
        title = context.concept(hit).title
        _add(context, "specialty", [source], set=hit.set, concept=hit.concept, title=title)
    if not known:
        plain = "/".join(reference.split("/")[-2:])
        told = "other" if others else "nothing"
        _add(context, told, others or [FactSource(plain, "performer, no specialty on record")])


def _add(context: Context, told: str, sources: list[FactSource], **fields: str) -> None:
    context.add("performer", {"told": told, "set": "", "concept": "", "title": "", **fields}, sources)


def _of(context: Context, reference: str, index: Index) -> list[Raw]:
    """The performer's own resource, the roles that a practitioner has, and the practitioner behind a role."""
    own = _found(context, reference, index)
    wanted = {_plain(reference)} | ({_plain(_name(own))} if own is not None else set())
    found = [own] if own is not None else []
    for known in context.record.keys.values():
        for entry in known.entries:
            resource = entry.resource
            is_role = isinstance(resource, dict) and resource.get("resourceType") == ROLE
            if is_role and _plain(_reference(resource, "practitioner")) in wanted and resource not in found:
                found.append(resource)
    if own is not None and own.get("resourceType") == ROLE:
        person = index.find(_reference(own, "practitioner"), own)
        found += [person] if person is not None else []
    return [resource for resource in found if resource.get("active") is not False]


def _found(context: Context, reference: str, index: Index) -> Raw | None:
    """The resource itself, also where it is contained in a task."""
    holders = (*context.question.beside, {})
    return next((raw for raw in (index.find(reference, holder) for holder in holders) if raw is not None), None)


def _concepts(resource: Raw) -> Iterator[tuple[str, Any]]:
    for element in ("specialty", "code", "type"):
        value = resource.get(element)
        yield from ((element, item) for item in (value if isinstance(value, list) else []))
    qualifications = resource.get("qualification")
    for item in qualifications if isinstance(qualifications, list) else ():
        if isinstance(item, Mapping):
            yield "qualification", item.get("code")


def _hits(context: Context, concept: Any, wanted: frozenset[str]) -> list[Hit]:
    """By code; by words only where no code speaks."""
    codings = codings_of(concept)
    hits = [hit for hit in context.index.by_coding("performer", codings) if hit.set in wanted]
    if hits or any(coding.get("code") and coding.get("system") for coding in codings):
        return hits
    return [hit for text in texts_of(concept) for hit in context.index.by_text("performer", text) if hit.set in wanted]


def _said(concept: Any) -> str:
    return (texts_of(concept) or ["a code without words"])[0][:60]


def _name(resource: Raw) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _reference(resource: Raw, element: str) -> str:
    value = resource.get(element)
    return str(value.get("reference") or "") if isinstance(value, Mapping) else ""


def _plain(reference: str) -> str:
    return "/".join(reference.split("/_history/")[0].split("/")[-2:])
