"""What a checked context puts in hand: draft orders, appointments, dispatched orders, and what came along with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.errors import MalformedRequest
from service.hooks.contexts import HOOKS, Context

Order = Mapping[str, Any]


def orders(hook: str, context: Context) -> tuple[Order, ...]:
    """What may be commented on: draft orders (on order-select the selected ones) or appointments; none elsewhere."""
    names = {field.name for field in HOOKS[hook].fields}
    if "appointments" in names:
        return tuple(item for item in _resources(context) if item["resourceType"] == "Appointment")
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


def beside(hook: str, context: Context) -> tuple[Order, ...]:
    """Resources that came along with what is in hand: tasks, and what stands beside the appointments."""
    tasks = context.get("fulfillmentTasks") or [context.get("task")]
    found = [task for task in tasks if isinstance(task, Mapping)] if hook == "order-dispatch" else []
    others = _resources(context) if hook == "appointment-book" else ()
    return (*found, *(item for item in others if item["resourceType"] != "Appointment"))


def dispatched(hook: str, context: Context) -> tuple[str, ...]:
    """References of the orders that are sent to their performer, in either version of order-dispatch."""
    if hook != "order-dispatch":
        return ()
    return tuple(context.get("dispatchedOrders") or [str(context["order"])])


def _resources(context: Context) -> tuple[Order, ...]:
    return tuple(entry["resource"] for entry in context["appointments"].get("entry", []))


def _names_of(entry: Mapping[str, Any]) -> set[str]:
    """How a selection may name a draft order: `Type/id`, the bare id that some clients send, or its fullUrl."""
    resource, full_url = entry["resource"], entry.get("fullUrl")
    kind, own_id = resource["resourceType"], resource.get("id")
    found = {f"{kind}/{own_id}", own_id} if isinstance(own_id, str) and own_id else set()
    if isinstance(full_url, str) and full_url:
        found |= {full_url, f"{kind}/{full_url.removeprefix('urn:uuid:')}"}
    return found
