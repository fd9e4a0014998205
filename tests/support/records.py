"""Builds FHIR resources from the shorthand of cases.yaml: valid defaults, a case says only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from service.fhir.sent import Entry
from service.terminology.systems import SPELLINGS, system_uri

PATIENT = "p1"
Shorthand = Mapping[str, Any]
Made = dict[str, Any]


def day(value: Any, today: date) -> str:
    """A date: days ago as a whole number, or the text as it stands (partial and sloppy dates too)."""
    return (today - timedelta(days=value)).isoformat() if isinstance(value, int) else str(value)


def concept(item: Shorthand) -> Made:
    """A CodeableConcept from members named after code systems, and `text`."""
    coding = [{"system": system_uri(name), "code": str(item[name])} for name in SPELLINGS if name in item]
    return {**({"coding": coding} if coding else {}), **({"text": item["text"]} if "text" in item else {})}


def _status(code: str) -> Made:
    return {"coding": [{"code": code}]}


def condition(item: Shorthand, today: date) -> Made:
    made: Made = {
        "resourceType": "Condition",
        "code": concept(item),
        "clinicalStatus": _status(item.get("status", "active")),
    }
    if "verification" in item:
        made["verificationStatus"] = _status(item["verification"])
    if "since" in item:
        made["onsetDateTime"] = day(item["since"], today)
    if "recorded" in item:
        made["recordedDate"] = day(item["recorded"], today)
    if "site" in item:
        made["bodySite"] = [{"text": item["site"]}]
    if "note" in item:
        made["note"] = [{"text": item["note"]}]
    return made


def medication(item: Shorthand, today: date) -> Made:
    request = item.get("type") == "request"
    made: Made = {
        "resourceType": "MedicationRequest" if request else "MedicationStatement",
        "status": item.get("status", "active"),
        "medicationCodeableConcept": concept(item),
    }
    if request:
        made["intent"] = item.get("intent", "order")
        made["authoredOn"] = day(item.get("days", 20), today)
    elif "until" in item:
        made["effectivePeriod"] = {"start": day(item.get("days", 20), today), "end": day(item["until"], today)}
    elif item.get("days", 20) is not None:
        made["effectiveDateTime"] = day(item.get("days", 20), today)
    if "route" in item:
        made["dosageInstruction" if request else "dosage"] = [
            {"route": {"text": item["route"]}, "text": item.get("dose", "")}
        ]
        made["dosageInstruction" if request else "dosage"][0] |= {} if item.get("dose") else {"text": "as directed"}
    elif "dose" in item:
        made["dosageInstruction" if request else "dosage"] = [{"text": item["dose"]}]
    return made


def observation(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "Observation", "status": item.get("status", "final"), "code": concept(item)}
    if item.get("days", 10) is not None:
        made["effectiveDateTime"] = day(item.get("days", 10), today)
    if "value" in item:
        unit = {"unit": item["unit"]} if "unit" in item else {}
        made["valueQuantity"] = {"value": item["value"], **unit}
    if "string" in item:
        made["valueString"] = item["string"]
    return made


def procedure(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "Procedure", "status": item.get("status", "completed"), "code": concept(item)}
    if item.get("days", 30) is not None:
        made["performedDateTime"] = day(item.get("days", 30), today)
    if "site" in item:
        made["bodySite"] = [{"text": item["site"]}]
    if "note" in item:
        made["note"] = [{"text": item["note"]}]
    if "outcome" in item:
        made["outcome"] = {"text": item["outcome"]}
    return made


def imaging(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "ImagingStudy", "status": item.get("status", "available")}
    made["modality"] = [{"system": system_uri("dicom"), "code": item.get("modality", "MR")}]
    if item.get("days", 40) is not None:
        made["started"] = day(item.get("days", 40), today)
    if "text" in item:
        made["description"] = item["text"]
    if "site" in item:
        made["series"] = [
            {"uid": "1.2.3", "modality": made["modality"][0], "bodySite": {"code": "x", "display": item["site"]}}
        ]
    return made


def report(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "DiagnosticReport", "status": item.get("status", "final"), "code": concept(item)}
    if item.get("days", 40) is not None:
        made["effectiveDateTime"] = day(item.get("days", 40), today)
    if "conclusion" in item:
        made["conclusion"] = item["conclusion"]
    if "coded" in item:
        made["conclusionCode"] = [concept(item["coded"])]
    return made


def coverage(item: Shorthand, today: date) -> Made:
    payor = {"display": item.get("payor", "Payer")}
    return {"resourceType": "Coverage", "status": item.get("status", "active"), "type": concept(item), "payor": [payor]}


def order(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": concept(item)}
    if "in" in item:
        made["occurrenceDateTime"] = (today + timedelta(days=item["in"])).isoformat()
    if "site" in item:
        made["bodySite"] = [{"text": item["site"]}]
    if "note" in item:
        made["note"] = [{"text": item["note"]}]
    return made


def order_medication(item: Shorthand, today: date) -> Made:
    return {**medication({**item, "type": "request"}, today), "status": "draft"}


BUILDERS: dict[str, Callable[[Shorthand, date], Made]] = {
    "condition": condition,
    "medication": medication,
    "observation": observation,
    "procedure": procedure,
    "imaging": imaging,
    "report": report,
    "coverage": coverage,
}
ORDERS = {"order": order, "order-medication": order_medication}
SUBJECT = {"Coverage": "beneficiary"}


def build(record: Sequence[Shorthand], today: date) -> tuple[list[Entry], list[Made]]:
    """Entries of the record and draft orders; a Patient is always there, `raw` items are taken as they are."""
    entries: list[Entry] = []
    orders: list[Made] = []
    person: Made = {"resourceType": "Patient", "id": PATIENT, "gender": "female", "birthDate": "1970-03-03"}
    for number, wrapped in enumerate(record):
        ((kind, item),) = wrapped.items()
        if kind == "patient":
            person |= {
                "birthDate": str(item.get("birth", person["birthDate"])),
                "gender": item.get("sex", person["gender"]),
            }
            continue
        made = dict(item) if kind == "raw" else {**BUILDERS, **ORDERS}[kind](item, today)
        made.setdefault("id", f"{kind[0]}{number}")
        if kind != "raw":
            made[SUBJECT.get(made["resourceType"], "subject")] = {"reference": f"Patient/{item.get('of', PATIENT)}"}
        if kind in ORDERS:
            orders.append(made)
        else:
            entries.append(Entry(made, f"https://ehr.example.org/fhir/{made['resourceType']}/{made['id']}"))
    return [Entry(person, f"https://ehr.example.org/fhir/Patient/{PATIENT}"), *entries], orders
