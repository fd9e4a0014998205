"""Hook calls dealt by chance: resources of all samples, given to one patient, sent in every way a key can be.

What comes out is plausible FHIR in combinations that no sample has, so that generated requests reach the rules.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from fhir_samples.requests import SERVICE
from fhir_samples.samples import samples
from service.files import KEY_OF_TYPE, patient_id

PATIENT = "p1"
KEYS = tuple(sorted(set(KEY_OF_TYPE.values()) - {"patient", "conditions"}))
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
NEXT = [{"relation": "next", "url": "https://ehr.invalid/fhir?page=2"}]
# Where a client is free to send what it likes.
ANYTHING: tuple[Any, ...] = (None, True, 0, -1.5, "", "x\u0000y", [], {}, [[1]], {"a": None}, {"resourceType": "Basic"})
MOST = 4


@functools.cache
def pool() -> dict[str, list[dict[str, Any]]]:
    """Every resource of the samples by prefetch key, all of one patient; draft orders under `orders`."""
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in (*KEYS, "patient", "conditions", "orders")}
    for sample in samples():
        entries = sample.entries
        owner = patient_id(entries)
        resources = [(KEY_OF_TYPE.get(str(e.resource["resourceType"])), e.resource) for e in entries]
        for key, resource in [*resources, *(("orders", order) for order in sample.orders)]:
            if key:
                text = json.dumps(dict(resource)).replace(f"Patient/{owner}", f"Patient/{PATIENT}")
                made = json.loads(text) | {"id": f"{sample.about['id']}-{len(found[key])}"}
                found[key].append(made | {"id": PATIENT} if key == "patient" else made)
    return found


def bodies(hooks: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Calls of one of the hooks."""
    return st.integers(0, 2**63 - 1).map(lambda seed: body(Random(seed), hooks))


def body(chance: Random, hooks: Sequence[str] = tuple(SERVICE)) -> dict[str, Any]:
    """A call of one of the hooks; what the service needs is there in nineteen of twenty."""
    hook = chance.choice(hooks)
    context = _context(chance, hook)
    prefetch = {key: _value(chance, key) for key in KEYS if chance.random() < 0.8}
    if chance.random() < 0.95:
        prefetch |= {"patient": chance.choice(pool()["patient"]), "conditions": _bundle(chance, "conditions")}
    further = {f"x{chance.random()}": chance.choice(ANYTHING)} if chance.random() < 0.2 else {}
    instance = f"{chance.getrandbits(128):032x}"
    return {"hook": hook, "hookInstance": instance, "context": context | further, "prefetch": prefetch, **further}


def _context(chance: Random, hook: str) -> dict[str, Any]:
    """What the hook asks for, filled with orders and visits of the samples, or with none that anybody knows."""
    context: dict[str, Any] = {"userId": f"Practitioner/{chance.randrange(9)}", "patientId": PATIENT}
    drafts = _bundle(chance, "orders", 2)
    names = [f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in drafts["entry"]]
    if hook in ("order-select", "order-sign"):
        context["draftOrders"] = drafts
    if hook == "order-select":
        context["selections"] = [name for name in names if chance.random() < 0.8]
    if hook == "appointment-book":
        context["appointments"] = drafts
    if hook.startswith("encounter-"):
        context["encounterId"] = f"e{chance.randrange(3)}"
    if hook == "order-dispatch":
        del context["userId"]
        known = [f"ServiceRequest/{order['id']}" for order in pool()["serviceRequests"]]
        sent = [chance.choice([*known, "ServiceRequest/nobody-has-it"]) for _ in range(chance.randint(1, 2))]
        context |= {"order": sent[0]} if chance.random() < 0.3 else {"dispatchedOrders": sent}
        context["performer"] = chance.choice(["Practitioner/1", "PractitionerRole/2", "Organization/3"])
    return context


def _bundle(chance: Random, key: str, most: int = MOST) -> dict[str, Any]:
    dealt = chance.sample(pool()[key], min(chance.randint(0, most), len(pool()[key])))
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource} for resource in dealt]}


def _value(chance: Random, key: str) -> Any:
    """A key as clients send it, mostly as they should."""
    how = chance.random()
    if how < 0.05:
        return None
    if how < 0.1:
        return FAILED
    if how < 0.15:
        return _bundle(chance, key) | {"link": NEXT}
    return chance.choice(ANYTHING) if how < 0.2 else _bundle(chance, key)
