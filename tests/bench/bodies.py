"""Request bodies of the benchmark: one real sample patient, filled up with results that no rule asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir_samples.requests import hook_request
from service.fhir.sent import Entry
from service.files import read_entries

SAMPLES = Path(__file__).resolve().parents[2] / "fhir_samples"
# A sodium result as an EHR writes it: categories, narrative, performer, range. The narrative fills it to its size.
SENTENCE = "Sodium in serum or plasma, within the range. "


def irrelevant(number: int, patient: str, sentences: int) -> dict[str, Any]:
    """An Observation of no interest to any rule."""
    narrative = f'<div xmlns="http://www.w3.org/1999/xhtml">{SENTENCE * sentences}</div>'
    return {
        "resourceType": "Observation",
        "id": f"filler-{number}",
        "meta": {"versionId": "1", "lastUpdated": "2026-10-01T08:30:00.000+00:00"},
        "text": {"status": "generated", "div": narrative},
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ]
            }
        ],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium in serum or plasma"}],
            "text": "Sodium",
        },
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/e{number}"},
        "effectiveDateTime": f"2026-0{number % 9 + 1}-1{number % 9}T08:00:00+00:00",
        "performer": [{"reference": "Organization/lab", "display": "Central laboratory"}],
        "valueQuantity": {
            "value": 135 + number % 10,
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
        "referenceRange": [{"low": {"value": 135, "unit": "mmol/L"}, "high": {"value": 145, "unit": "mmol/L"}}],
    }


def body(resources: int, size: int, sample: str = "v01") -> bytes:
    """A patient-view body of so many resources and about so many bytes."""
    folder = next(SAMPLES.glob(f"{sample}-*"))
    entries = read_entries(folder / "record.json")
    patient = next(str(e.resource["id"]) for e in entries if e.resource["resourceType"] == "Patient")
    bare = len(json.dumps([irrelevant(0, patient, 0)])) + 120
    record = len(json.dumps([dict(entry.resource) for entry in entries]))
    room = (size - record) / max(1, resources - len(entries)) - bare
    sentences = max(0, round(room / len(SENTENCE)))
    filler = [irrelevant(number, patient, sentences) for number in range(resources - len(entries))]
    entries += [Entry(item, f"https://ehr.example.org/fhir/Observation/{item['id']}") for item in filler]
    return json.dumps(hook_request(entries, "patient-view")).encode()
