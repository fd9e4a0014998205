"""CDS Hooks request bodies from records: what an EHR would send as prefetch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from service.fhir.sent import Entry
from service.files import KEY_OF_TYPE, patient_id

NAMESPACE = UUID("8f1f2f3c-8f6b-4a5c-9a51-3f1d9a3c5f10")
SERVICE = {"patient-view": "spine-patient-view", "order-select": "spine-orders", "order-sign": "spine-orders"}


def hook_request(
    entries: Sequence[Entry], hook: str, orders: Iterable[Any] = (), keys: Iterable[str] = ()
) -> dict[str, Any]:
    """A request with the record under all prefetch keys (or only `keys`), as search Bundles."""
    patient = patient_id(entries)
    context: dict[str, Any] = {"userId": "Practitioner/u1", "patientId": patient}
    drafts = [dict(order) for order in orders]
    if hook != "patient-view":
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection"}
        context["draftOrders"]["entry"] = [{"resource": order} for order in drafts]
    if hook == "order-select":
        context["selections"] = [f"{order['resourceType']}/{order['id']}" for order in drafts]
    return {
        "hook": hook,
        "hookInstance": str(uuid5(NAMESPACE, f"{patient}{hook}")),
        "context": context,
        "prefetch": prefetch(entries, set(keys)),
    }


def prefetch(entries: Iterable[Entry], keys: set[str]) -> dict[str, Any]:
    """The record by prefetch key; keys without a resource are empty search results."""
    wanted = keys or set(KEY_OF_TYPE.values())
    made: dict[str, Any] = {
        key: {"resourceType": "Bundle", "type": "searchset", "entry": []} for key in wanted if key != "patient"
    }
    for resource, full_url in entries:
        key = KEY_OF_TYPE.get(str(resource.get("resourceType")))
        if key == "patient":
            made[key] = resource
        elif key in wanted:
            made[str(key)]["entry"].append({"fullUrl": full_url, "resource": resource})
    return made
