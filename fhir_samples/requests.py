"""CDS Hooks request bodies from records: what an EHR would send as prefetch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from service.fhir.sent import Entry
from service.files import KEY_OF_TYPE, patient_id
from service.question import Question

NAMESPACE = UUID("8f1f2f3c-8f6b-4a5c-9a51-3f1d9a3c5f10")
SERVICE = {
    "patient-view": "spine-patient-view",
    "order-select": "spine-orders",
    "order-sign": "spine-orders",
    "appointment-book": "spine-appointments",
    "order-dispatch": "spine-dispatch",
    "encounter-start": "spine-encounters",
    "encounter-discharge": "spine-encounters",
}
# Asked for where an order goes to its performer; a client sends no key that was not asked for.
OF_DISPATCH = frozenset({"practitionerRoles"})


def hook_request(entries: Sequence[Entry], hook: str, orders: Iterable[Any] = (), about: Any = None) -> dict[str, Any]:
    """A request with the record under all prefetch keys, as search Bundles; see `context` for `about`."""
    patient = patient_id(entries)
    drafts = [dict(order) for order in orders]
    known = [*entries, *(Entry(order) for order in drafts)] if hook == "order-dispatch" else entries
    return {
        "hook": hook,
        "hookInstance": str(uuid5(NAMESPACE, f"{patient}{hook}")),
        "context": context(hook, patient, drafts, about or {}),
        "prefetch": prefetch(known, set(KEY_OF_TYPE.values()) - (OF_DISPATCH if hook != "order-dispatch" else set())),
    }


def context(hook: str, patient: str, drafts: Sequence[Any], about: Any) -> dict[str, Any]:
    """The context of one hook; `about` names `dispatched` orders, their `performer`, or the `encounter`.

    With `dispatch: "1.0"` the order is named as that version of order-dispatch names it.
    """
    if hook == "order-dispatch":
        sent = about.get("dispatched") or [f"ServiceRequest/{order['id']}" for order in drafts]
        orders = {"order": sent[0]} if about.get("dispatch") == "1.0" else {"dispatchedOrders": list(sent)}
        return {"patientId": patient, "performer": about["performer"], **orders}
    made: dict[str, Any] = {"userId": "Practitioner/u1", "patientId": patient}
    if hook.startswith("encounter-"):
        return made | {"encounterId": about["encounter"]}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order} for order in drafts]}
    if hook == "appointment-book":
        return made | {"appointments": bundle}
    if hook != "patient-view":
        made["draftOrders"] = bundle
    if hook == "order-select":
        made["selections"] = [f"{order['resourceType']}/{order['id']}" for order in drafts]
    return made


def hook_question(hook: str, patient: str, day: date, drafts: Sequence[Any], about: Any) -> Question:
    """What the request of `hook_request` asks, without the wire."""
    if hook == "order-dispatch":
        sent = about.get("dispatched") or [f"ServiceRequest/{order['id']}" for order in drafts]
        return Question(hook, patient, day, dispatched=tuple(sent), performer=about["performer"])
    visit = about["encounter"] if hook.startswith("encounter-") else None
    return Question(hook, patient, day, tuple(drafts) if hook != "patient-view" else (), encounter=visit)


def prefetch(entries: Iterable[Entry], wanted: set[str]) -> dict[str, Any]:
    """The record by prefetch key; keys without a resource are empty search results."""
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
