"""The discovery document, and the checks that keep a wrong entry from ever being published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.errors import ContentInvalid
from service.hooks import template_check
from service.hooks.contexts import HOOKS

SPECIFICATION = "3.0.0-ballot"


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service on one hook; the same id on two hooks is two entries. `prefetch` maps key to query template."""

    id: str
    hook: str
    title: str
    description: str
    prefetch: Mapping[str, str] = field(default_factory=dict)
    usage_requirements: str = ""


def document(services: Sequence[ServiceEntry]) -> dict[str, Any]:
    """The body of `GET /cds-services`, with the version fields of CDS Hooks 3.0 and without empty fields."""
    return {"services": [_published(entry) for entry in services]}


def _published(entry: ServiceEntry) -> dict[str, Any]:
    found = {
        "hook": entry.hook,
        "title": entry.title,
        "description": entry.description,
        "id": entry.id,
        "prefetch": dict(entry.prefetch),
        "usageRequirements": entry.usage_requirements,
        "version": SPECIFICATION,
        "hookVersion": HOOKS[entry.hook].version,
    }
    return {name: value for name, value in found.items() if value}


def check(services: Sequence[ServiceEntry]) -> None:
    """Raise ContentInvalid for an entry that cannot be served: a hook unknown, a template wrong, id and hook twice."""
    faults = [fault for entry in services for fault in _faults(entry)]
    pairs = [(entry.id, entry.hook) for entry in services]
    faults += [f"{name} on {hook} is listed twice" for name, hook in set(pairs) if pairs.count((name, hook)) > 1]
    if faults:
        raise ContentInvalid("These services cannot be published: " + "; ".join(sorted(faults)) + ".")


def remarks(services: Sequence[ServiceEntry]) -> list[str]:
    """What in checked entries only some clients can fill, one line each; the service then fetches it itself."""
    return [
        f"{entry.id} on {entry.hook}: {remark}"
        for entry in services
        for remark in template_check.remarks(entry.hook, entry.prefetch)
    ]


def _faults(entry: ServiceEntry) -> list[str]:
    if entry.hook not in HOOKS:
        return [f"{entry.id} is on the hook {entry.hook}, which is not known here"]
    found = template_check.faults(entry.hook, entry.prefetch)
    faults = [f"{entry.id} on {entry.hook}: {fault}" for fault in found]
    return faults if entry.description and entry.id else [*faults, f"{entry.id or 'a service'} has no description"]
