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
    context: dict[str, Any] = {"userId": f"Practitioner/{chance.randrange(9)}", "patientId": PATIENT}
    if hook != "patient-view":
        context["draftOrders"] = _bundle(chance, "orders", 2)
    if hook == "order-select":
        drafts = [entry["resource"] for entry in context["draftOrders"]["entry"]]
        context["selections"] = [f"{order['resourceType']}/{order['id']}" for order in drafts if chance.random() < 0.8]
    prefetch = {key: _value(chance, key) for key in KEYS if chance.random() < 0.8}
    if chance.random() < 0.95:
        prefetch |= {"patient": chance.choice(pool()["patient"]), "conditions": _bundle(chance, "conditions")}
    further = {f"x{chance.random()}": chance.choice(ANYTHING)} if chance.random() < 0.2 else {}
    instance = f"{chance.getrandbits(128):032x}"
    return {"hook": hook, "hookInstance": instance, "context": context | further, "prefetch": prefetch, **further}


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
