"""What each hook's context must hold, as one table; a hook is added by adding a row.

Source: CDS Hooks hook library of 2026-04-22 (hook versions and context fields). Fields not named here are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from service.errors import MalformedRequest

Context = Mapping[str, Any]
Order = Mapping[str, Any]


class Field(NamedTuple):
    """One context field: its check returns '' or what is wrong; `token` says whether prefetch templates may use it."""

    name: str
    check: Callable[[Any], str]
    required: bool = True
    token: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook as published: its version and its context fields."""

    version: str
    fields: tuple[Field, ...]


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "must be a text that is not empty"


def _bundle(value: Any) -> str:
    if not isinstance(value, Mapping) or value.get("resourceType") != "Bundle":
        return "must be a FHIR Bundle"
    entries = value.get("entry", [])
    if not isinstance(entries, Sequence) or not all(_has_resource(entry) for entry in entries):
        return "must be a Bundle whose every entry holds a resource"
    return ""


def _has_resource(entry: Any) -> bool:
    resource = entry.get("resource") if isinstance(entry, Mapping) else None
    return isinstance(resource, Mapping) and isinstance(resource.get("resourceType"), str)


def _references(value: Any) -> str:
    right = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return "" if right else "must be a list of references"


COMMON = (
    Field("userId", _text, token=True),
    Field("patientId", _text, token=True),
    Field("encounterId", _text, required=False, token=True),
)
DRAFT_ORDERS = Field("draftOrders", _bundle)
SELECTIONS = Field("selections", _references)

HOOKS: Mapping[str, Hook] = {
    "patient-view": Hook("1.0", COMMON),
    "order-select": Hook("1.0", (*COMMON, DRAFT_ORDERS, SELECTIONS)),
    "order-sign": Hook("1.0", (*COMMON, DRAFT_ORDERS)),
}


def check(hook: str, context: Context) -> None:
    """Raise MalformedRequest naming every field of `context` that the hook's table finds missing or wrong."""
    faults = [(field.name, fault) for field in HOOKS[hook].fields if (fault := _fault(field, context))]
    if faults:
        listed = "; ".join(f"context.{name} {fault}" for name, fault in faults)
        raise MalformedRequest(f"The hook {hook} cannot be answered: {listed}.", expression=f"context.{faults[0][0]}")


def _fault(field: Field, context: Context) -> str:
    value = context.get(field.name)
    if value is None or (value == "" and not field.required):
        return "is missing" if field.required else ""
    return field.check(value)


def patient_id(context: Context) -> str:
    """The patient's logical id; clients that send the reference `Patient/<id>` mean the same."""
    return str(context["patientId"]).strip().removeprefix("Patient/")


def orders(hook: str, context: Context) -> tuple[Order, ...]:
    """The draft orders that may be commented on: the selected ones on order-select, else all (none on other hooks)."""
    names = {field.name for field in HOOKS[hook].fields}
    if "draftOrders" not in names:
        return ()
    entries = context["draftOrders"].get("entry", [])
    if "selections" not in names:
        return tuple(entry["resource"] for entry in entries)
    known = [(_names_of(entry), entry["resource"]) for entry in entries]
    wanted = set(context["selections"])
    if wanted - {name for names_of, _ in known for name in names_of}:
        raise MalformedRequest("A selection names no draft order.", expression="context.selections")
    return tuple(resource for names_of, resource in known if wanted & names_of)


def _names_of(entry: Mapping[str, Any]) -> set[str]:
    """How a selection may name a draft order: `Type/id`, the bare id that some clients send, or its fullUrl."""
    resource, full_url = entry["resource"], entry.get("fullUrl")
    kind, own_id = resource["resourceType"], resource.get("id")
    found = {f"{kind}/{own_id}", own_id} if isinstance(own_id, str) and own_id else set()
    if isinstance(full_url, str) and full_url:
        found |= {full_url, f"{kind}/{full_url.removeprefix('urn:uuid:')}"}
    return found
