"""Builds FHIR resources from the shorthand of cases.yaml: valid defaults, a case says only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from service.fhir.sent import Entry
from service.terminology.systems import SPELLINGS, system_uri

PATIENT = "p1"
PERFORMER = "Practitioner/d1"
PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
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
    elif "started" in item:
        made["effectivePeriod"] = {"start": day(item["started"], today)}
        made["dateAsserted"] = day(item.get("days", 20), today)
    elif item.get("days", 20) is not None:
        made["effectiveDateTime"] = day(item.get("days", 20), today)
    if "dosage" in item:
        given = item["dosage"]
        timing = {"repeat": {"frequency": 1, "period": given["every"], "periodUnit": "h"}} if "every" in given else {}
        rate = {"doseAndRate": [{"doseQuantity": {"value": given["value"], "unit": given["unit"]}}]}
        made["dosageInstruction" if request else "dosage"] = [{**rate, **({"timing": timing} if timing else {})}]
    if "route" in item:
        made["dosageInstruction" if request else "dosage"] = [
            {"route": {"text": item["route"]}, "text": item.get("dose", "")}
        ]
        made["dosageInstruction" if request else "dosage"][0] |= {} if item.get("dose") else {"text": "as directed"}
    elif "dose" in item:
        made["dosageInstruction" if request else "dosage"] = [{"text": item["dose"]}]
    return made | ({"reasonCode": [concept(item["reason"])]} if "reason" in item else {})


def observation(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "Observation", "status": item.get("status", "final"), "code": concept(item)}
    if item.get("days", 10) is not None:
        made["effectiveDateTime"] = day(item.get("days", 10), today)
    if "value" in item:
        unit = {"unit": item["unit"]} if "unit" in item else {}
        made["valueQuantity"] = {"value": item["value"], **unit}
    if "string" in item:
        made["valueString"] = item["string"]
    if "answer" in item:
        given = item["answer"]
        made["valueCodeableConcept"] = concept(given) if isinstance(given, Mapping) else {"text": given}
    parts = [
        {"code": concept(part), "valueQuantity": {"value": part["value"], "unit": part["unit"]}}
        for part in item.get("parts", ())
    ]
    return made | ({"component": parts} if parts else {})


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
    if "visit" in item:
        made["encounter"] = {"reference": item["visit"]}
    return made


def visit(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "Encounter", "status": item.get("status", "in-progress"), "class": {"code": "AMB"}}
    ends = {"end": day(item["until"], today)} if "until" in item else {}
    return {**made, "period": {"start": day(item.get("days", 0), today), **ends}}


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
    """`order` says who pays first; `began` and `ended` are days ago (negative: ahead); `plan` names a class."""
    payor = {"display": item["payor"]} if "payor" in item else {"display": "Payer"}
    made: Made = {"resourceType": "Coverage", "status": item.get("status", "active"), "type": concept(item)}
    made |= {"payor": [payor]} | ({"order": item["order"]} if "order" in item else {})
    ends = {"start": item.get("began"), "end": item.get("ended")}
    period = {name: day(value, today) for name, value in ends.items() if value is not None}
    made |= {"period": period} if period else {}
    return made | (
        {"class": [{"type": {"text": "plan"}, "value": "1", "name": item["plan"]}]} if "plan" in item else {}
    )


def allergy(item: Shorthand, today: date) -> Made:
    made: Made = {
        "resourceType": "AllergyIntolerance",
        "code": concept(item),
        "clinicalStatus": _status(item.get("status", "active")),
        "verificationStatus": _status(item.get("verification", "confirmed")),
    }
    made |= {name: item[name] for name in ("criticality", "type") if name in item}
    if "severity" in item or "reaction" in item:
        reaction: Made = {"manifestation": [{"text": item.get("reaction", "reaction")}]}
        made["reaction"] = [reaction | ({"severity": item["severity"]} if "severity" in item else {})]
    return made


def device(item: Shorthand, today: date) -> Made:
    return {"resourceType": "Device", "status": item.get("status", "active"), "type": concept(item)}


def immunization(item: Shorthand, today: date) -> Made:
    given = (today + timedelta(days=item["in"])).isoformat() if "in" in item else day(item.get("days", 30), today)
    status = item.get("status", "completed")
    made: Made = {"resourceType": "Immunization", "status": status, "vaccineCode": concept(item)}
    return {**made, "occurrenceDateTime": given}


def goal(item: Shorthand, today: date) -> Made:
    """`text` is its description, `achieved` its achievement status."""
    made: Made = {"resourceType": "Goal", "lifecycleStatus": item.get("status", "active"), "description": concept(item)}
    made |= {"achievementStatus": _status(item["achieved"])} if "achieved" in item else {}
    return made | ({"startDate": day(item["days"], today)} if "days" in item else {})


def scheduled(item: Shorthand, today: date) -> Made:
    made = {**order(item, today), "status": item.get("status", "active")}
    return {**made, "authoredOn": day(item.get("written", 5), today)}


def appointment(item: Shorthand, today: date) -> Made:
    start = f"{(today + timedelta(days=item.get('in', 7))).isoformat()}T09:00:00Z"
    made: Made = {"resourceType": "Appointment", "status": item.get("status", "booked"), "start": start}
    made |= {"serviceType": [concept(item)]} if "based_on" not in item else {}
    return made | ({"basedOn": [{"reference": item["based_on"]}]} if "based_on" in item else {})


def order(item: Shorthand, today: date) -> Made:
    made: Made = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": concept(item)}
    if "in" in item:
        made["occurrenceDateTime"] = (today + timedelta(days=item["in"])).isoformat()
    if "site" in item:
        made["bodySite"] = [{"text": item["site"]}]
    if "note" in item:
        made["note"] = [{"text": item["note"]}]
    if "where" in item:
        where = item["where"]
        made["locationCode"] = [
            {"text": where} if isinstance(where, str) else {"coding": [{"system": PLACES, "code": str(where)}]}
        ]
    return made


def booking(item: Shorthand, today: date) -> Made:
    """An appointment that is being booked; `in` left out gives one without a day, `asked` one of a requested period."""
    made: Made = {"resourceType": "Appointment", "status": item.get("status", "proposed")}
    if "in" in item:
        made["start"] = f"{(today + timedelta(days=item['in'])).isoformat()}T09:00:00Z"
    if "asked" in item:
        start, end = ((today + timedelta(days=days)).isoformat() for days in item["asked"])
        made["requestedPeriod"] = [{"start": start, "end": end}]
    made |= {name: item[name] for name in ("description", "comment") if name in item}
    made |= {"basedOn": [{"reference": item["based_on"]}]} if "based_on" in item else {}
    return made | ({"serviceType": [concept(item)]} if concept(item) else {})


def role(item: Shorthand, today: date) -> Made:
    """A role of the practitioner `by`; its specialty, unless `specialty` is false."""
    made: Made = {"resourceType": "PractitionerRole", "practitioner": {"reference": item.get("by", PERFORMER)}}
    made |= {"active": item["active"]} if "active" in item else {}
    return made | ({"specialty": [concept(item)]} if concept(item) else {})


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
    "allergy": allergy,
    "device": device,
    "immunization": immunization,
    "goal": goal,
    "scheduled": scheduled,
    "appointment": appointment,
    "dispatched": scheduled,
    "role": role,
    "visit": visit,
}
ORDERS = {"order": order, "order-medication": order_medication, "booking": booking}
NOT_THE_PATIENTS = ("raw", "role")
SUBJECT = {"Coverage": "beneficiary"} | dict.fromkeys(("AllergyIntolerance", "Device", "Immunization"), "patient")


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
            person |= {"address": [{"use": "home", "state": item["state"]}]} if "state" in item else {}
            continue
        made = dict(item) if kind == "raw" else {**BUILDERS, **ORDERS}[kind](item, today)
        made.setdefault("id", f"{kind[0]}{number}")
        subject = {"reference": f"Patient/{item.get('of', PATIENT)}"}
        if made["resourceType"] == "Appointment" and kind != "raw":
            made["participant"] = [{"actor": subject, "status": "accepted"}]
        elif kind not in NOT_THE_PATIENTS:
            made[SUBJECT.get(made["resourceType"], "subject")] = subject
        if kind in ORDERS:
            orders.append(made)
        else:
            entries.append(Entry(made, f"https://ehr.example.org/fhir/{made['resourceType']}/{made['id']}"))
    return [Entry(person, f"https://ehr.example.org/fhir/Patient/{PATIENT}"), *entries], orders
