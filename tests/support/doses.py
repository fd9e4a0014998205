"""Reads the doses that resources tell, with the repository's value sets and equal doses of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from service.facts.extract import Context, CountWindow
from service.facts.extract.doses import doses
from service.facts.needs import Need, need
from service.facts.recognise import Recogniser
from service.fhir.intake import read_record
from service.fhir.sent import Entry
from service.question import Question
from tests.support.reading import PATIENT, TODAY, anatomy, codes, keys_of, reader, resource

NEED: Need = need(
    {
        "dose": "steroid",
        "of": ["steroid-injections", "steroids"],
        "concepts": ["epidural-steroid", "sacroiliac-steroid", "joint-steroid"],
        "equivalents": "table",
        "reference": "methylprednisolone",
        "windows": [{"id": "year", "months": "year"}, {"id": "three-years", "months": "three"}],
    }
)
FACTORS = {"methylprednisolone": 1.0, "triamcinolone": 1.0, "dexamethasone": 4 / 0.75, "betamethasone": 4 / 0.75}
WINDOWS: dict[str, tuple[CountWindow, ...]] = {"steroid": (CountWindow("year", 12), CountWindow("three-years", 36))}
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CPT = "http://www.ama-assn.org/go/cpt"


def context_of(*resources: Mapping[str, Any]) -> Context:
    """The context of an extraction over the resources of Patient/p1, nothing extracted yet."""
    recognise = Recogniser(codes(), anatomy(), reader(), set(NEED.sets))
    record = read_record(keys_of(Entry(dict(item)) for item in (PATIENT, *resources)), "p1", recognise)
    return Context(
        record=record,
        question=Question("patient-view", "p1", TODAY, ()),
        index=codes(),
        anatomy=anatomy(),
        reader=reader(),
        zone=ZoneInfo("UTC"),
        needs=(NEED,),
        sets_of={"dose": frozenset(NEED.sets)},
        windows=WINDOWS,
        stale_days=400,
        look_back_months=6,
        order_stale_days=180,
        factors={"steroid": FACTORS},
    )


def summed(*resources: Mapping[str, Any], window: str = "year") -> tuple[float, int, int]:
    """Total, doses told and doses not told in a window; zeros where nothing was given."""
    context = context_of(*resources)
    doses(context)
    found = [fact.fields for fact in context.facts if fact.fields["window"] == window]
    assert len(found) <= 1
    return (found[0]["total"], found[0]["doses"], found[0]["unknown"]) if found else (0.0, 0, 0)


def injection(number: str, code: str = "64483", on: str | None = "2026-10-01", **elements: Any) -> dict[str, Any]:
    """A Procedure by CPT or HCPCS code; `note` as text."""
    system = HCPCS if code[0].isalpha() else CPT
    made = resource("Procedure", number, status="completed", code={"coding": [{"system": system, "code": code}]})
    made |= {"performedDateTime": on} if on else {}
    note = elements.pop("note", "")
    return made | ({"note": [{"text": note}]} if note else {}) | elements


def administration(number: str, text: str, on: str | None = "2026-10-01", **elements: Any) -> dict[str, Any]:
    """A MedicationAdministration of the drug in `text`; `dose` as (value, unit)."""
    made = resource("MedicationAdministration", number, status="completed", medicationCodeableConcept={"text": text})
    made |= {"effectiveDateTime": on} if on else {}
    dose = elements.pop("dose", None)
    return made | ({"dosage": {"dose": {"value": dose[0], "unit": dose[1]}}} if dose else {}) | elements
