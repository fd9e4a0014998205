"""What each hook's context must hold, as one table; a hook is added by adding a row.

Source: CDS Hooks hook library of 2026-04-22 (hook versions and context fields). Fields not named here are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from service.errors import MalformedRequest

Context = Mapping[str, Any]


class Field(NamedTuple):
    """One context field: its check returns '' or what is wrong; `token` says whether prefetch templates may use it."""

    name: str
    check: Callable[[Any], str]
    required: bool = True
    token: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook as published: its version and its context fields; `before` are those of an older version still sent."""

    version: str
    fields: tuple[Field, ...]
    before: tuple[Field, ...] = ()


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


def _orders(value: Any) -> str:
    return _references(value) or ("" if value else "must name at least one order")


def _task(value: Any) -> str:
    right = isinstance(value, Mapping) and value.get("resourceType") == "Task"
    return "" if right else "must be a FHIR Task"


def _tasks(value: Any) -> str:
    right = isinstance(value, list) and not any(map(_task, value))
    return "" if right else "must be a list of FHIR Tasks"


# A userId is `Type/id`; one that is not fills no user token, and that is all: a warning is not withheld for it.
COMMON = (
    Field("userId", _text, token=True),
    Field("patientId", _text, token=True),
    Field("encounterId", _text, required=False, token=True),
)
DRAFT_ORDERS = Field("draftOrders", _bundle)
SELECTIONS = Field("selections", _references)
APPOINTMENTS = Field("appointments", _bundle)
VISIT = (*COMMON[:2], COMMON[2]._replace(required=True))
PERFORMER = Field("performer", _text, token=True)
DISPATCH = (
    COMMON[1],
    Field("dispatchedOrders", _orders, token=True),
    PERFORMER,
    Field("fulfillmentTasks", _tasks, required=False),
)
DISPATCH_BEFORE = (COMMON[1], Field("order", _text), PERFORMER, Field("task", _task, required=False))

HOOKS: Mapping[str, Hook] = {
    "patient-view": Hook("1.0", COMMON),
    "order-select": Hook("1.0", (*COMMON, DRAFT_ORDERS, SELECTIONS)),
    "order-sign": Hook("1.0", (*COMMON, DRAFT_ORDERS)),
    "appointment-book": Hook("1.0", (*COMMON, APPOINTMENTS)),
    "order-dispatch": Hook("1.1", DISPATCH, DISPATCH_BEFORE),
    "encounter-start": Hook("1.0", VISIT),
    "encounter-discharge": Hook("1.0", VISIT),
}


def check(hook: str, context: Context) -> None:
    """Raise MalformedRequest naming every field of `context` that the hook's table finds missing or wrong."""
    faults = [(field.name, fault) for field in _fields(HOOKS[hook], context) if (fault := _fault(field, context))]
    if faults:
        listed = "; ".join(f"context.{name} {fault}" for name, fault in faults)
        raise MalformedRequest(f"The hook {hook} cannot be answered: {listed}.", expression=f"context.{faults[0][0]}")


def _fields(hook: Hook, context: Context) -> tuple[Field, ...]:
    """The hook's fields, or those of its older version where the context has only what that one names."""
    now, before = ({field.name for field in fields} for fields in (hook.fields, hook.before))
    is_old = any(context.get(name) is not None for name in before - now)
    return hook.before if is_old and all(context.get(name) is None for name in now - before) else hook.fields


def _fault(field: Field, context: Context) -> str:
    value = context.get(field.name)
    if value is None or (value == "" and not field.required):
        return "is missing" if field.required else ""
    return field.check(value)


def patient_id(context: Context) -> str:
    """The patient's logical id; clients that send the reference `Patient/<id>` mean the same."""
    return str(context["patientId"]).strip().removeprefix("Patient/")
