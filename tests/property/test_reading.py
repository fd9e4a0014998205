"""Whatever is done to a valid record, reading it never fails and nothing that was recognised goes missing unsaid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.fhir.record import GapKind
from service.fhir.references import Index
from service.fhir.sent import Entry
from tests.support.reading import (
    CPT,
    DICOM,
    ICD,
    LOINC,
    PATIENT,
    RXNORM,
    WARFARIN,
    Read,
    coded,
    read,
    recogniser,
    resource,
)

Made = dict[str, Any]
Path = tuple[Any, ...]
BOUNDED = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
CLOSED = {"code": "AMB", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}
VALID: list[Made] = [
    PATIENT,
    resource(
        "Condition",
        clinicalStatus=coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        verificationStatus=coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        code=coded(ICD, "M54.16", "Radiculopathy, lumbar region"),
        bodySite=[{"text": "left L5"}],
        onsetDateTime="2026-08-01",
        note=[{"text": "No saddle numbness."}],
    ),
    resource(
        "MedicationStatement",
        status="active",
        medicationCodeableConcept=WARFARIN,
        effectivePeriod={"start": "2026-01-05"},
        dateAsserted="2026-11-02",
        dosage=[{"text": "5 mg by mouth", "route": {"text": "oral"}}],
    ),
    resource(
        "MedicationRequest",
        status="active",
        intent="order",
        contained=[{"resourceType": "Medication", "id": "m", "code": coded(RXNORM, "1364430", "apixaban 5 mg")}],
        medicationReference={"reference": "#m"},
        authoredOn="2026-10-02T10:00:00+02:00",
        dosageInstruction=[{"text": "twice a day"}],
    ),
    resource(
        "Observation",
        status="final",
        code=coded(LOINC, "4548-4", "HbA1c"),
        effectiveDateTime="2026-10-20T07:30:00Z",
        valueQuantity={"value": 8.4, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
    ),
    resource(
        "Procedure",
        status="completed",
        code=coded(CPT, "64483", "Transforaminal epidural injection"),
        performedDateTime="2026-05-05",
        bodySite=[{"text": "left L5"}],
        note=[{"text": "Tolerated well."}],
    ),
    resource(
        "ImagingStudy",
        status="available",
        started="2026-10-10",
        modality=[{"system": DICOM, "code": "MR"}],
        description="MR lumbar spine",
        series=[{"uid": "1.2", "modality": {"code": "MR"}, "bodySite": {"code": "x", "display": "lumbar spine"}}],
    ),
    resource(
        "DiagnosticReport",
        status="final",
        code=coded(LOINC, "24968-0", "MR lumbar spine"),
        effectiveDateTime="2026-10-11",
        conclusion="Severe central canal stenosis at L4-5. No fracture.",
    ),
    resource("Coverage", status="active", type={"text": "Medicare"}, payor=[{"display": "Medicare Part B"}]),
    resource("Encounter", status="finished", type=[coded(CPT, "97110")], period={"start": "2026-10-01"})
    | {"class": CLOSED},
]
# Where each type says what it is about: a mutation there may make it a different thing, not only a broken one.
SAYS = {
    "Condition": ("code",),
    "MedicationStatement": ("medicationCodeableConcept", "medicationReference"),
    "MedicationRequest": ("medicationCodeableConcept", "medicationReference", "contained"),
    "Observation": ("code",),
    "Procedure": ("code",),
    "ImagingStudy": ("modality", "series", "description", "procedureCode"),
    "DiagnosticReport": ("code", "conclusion", "conclusionCode"),
    "Coverage": ("type", "class", "payor"),
    "Encounter": ("type", "reasonCode"),
}
MUTE = {"system", "reference", "uid", "resourceType", "id"}
LOSSES = {GapKind.UNREAD, GapKind.EXCLUDED, GapKind.OTHER_PATIENT, GapKind.CONTRADICTION}
JUNK = st.recursive(
    st.sampled_from([None, True, False, 0, -1, 2026, 1e999, 1e300, 0.1, "", " ", "x", "2026-13-40", "Patient/p2", "#"])
    | st.text(max_size=6)
    | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value but the top."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from paths(item, (*at, key))


@st.composite
def mutated(draw: st.DrawFn, keep: tuple[str, ...]) -> tuple[list[Made], int, set[str]]:
    """A record with one to four changes in one resource: its place, and the top elements that were touched."""
    record: list[Made] = json.loads(json.dumps(VALID))  # no part is shared, as deepcopy would keep it
    place = draw(st.integers(1, len(record) - 1))
    touched: set[str] = set()
    for _ in range(draw(st.integers(1, 4))):
        places = [path for path in paths(record[place]) if path[0] not in keep]
        path = draw(st.sampled_from(places))
        parent: Any = record[place]
        for step in path[:-1]:
            parent = parent[step]
        old = parent[path[-1]]
        touched.add(path[0])
        match draw(st.sampled_from(["drop", "junk", "nest", "wrap", "text", "twice"])):
            case "drop":
                del parent[path[-1]]
            case "junk":
                parent[path[-1]] = draw(JUNK)
            case "nest":
                parent[path[-1]] = [old]
            case "wrap":
                parent[path[-1]] = {"value": old}
            case "text":
                parent[path[-1]] = str(old)
            case _:
                parent[path[-1]] = [old, draw(JUNK)]
    return record, place, touched


def cited(found: Read) -> set[str]:
    """References of all resources that some fact rests on."""
    return {source.reference for fact in found.facts for source in fact.sources}


def speaks(raw: Made) -> bool:
    """Whether the resource still says in words or codes what it is about."""
    texts = [item for name in SAYS[raw["resourceType"]] for item in _strings(raw.get(name))]
    return any(text.strip() for text in texts)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in MUTE:
                yield from _strings(item)


def test_the_valid_record_is_read_whole() -> None:
    found = read(*VALID[1:])
    assert found.problems == []
    assert {f"{item['resourceType']}/{item['id']}" for item in VALID} == cited(found)


@settings(BOUNDED, max_examples=500)
@given(mutated(keep=()))
def test_no_mutation_makes_reading_fail(case: tuple[list[Made], int, set[str]]) -> None:
    record, _, _ = case
    read(*record[1:])


@settings(BOUNDED, max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(sorted(SAYS)), st.dictionaries(st.text(max_size=8), JUNK)), max_size=3), JUNK)
def test_no_resource_of_a_known_type_makes_reading_fail(items: list[tuple[str, Made]], junk: Any) -> None:
    read(*({**made, "resourceType": kind, **dict.fromkeys(SAYS[kind], junk)} for kind, made in items), junk)


@settings(BOUNDED, max_examples=700)
@given(mutated(keep=("resourceType", "id")))
def test_what_is_lost_is_said(case: tuple[list[Made], int, set[str]]) -> None:
    record, place, touched = case
    raw = record[place]
    reference = f"{raw['resourceType']}/{raw['id']}"
    found = read(*record[1:])
    if reference in cited(found):
        return
    if any(gap.where == reference and gap.kind in LOSSES for gap in found.record.gaps):
        return
    # Neither a fact nor a reported loss: then it must have become something else that it says itself.
    assert touched & set(SAYS[raw["resourceType"]]), raw
    # Encounters need not say what they were for, and most do not.
    assert speaks(raw) or raw["resourceType"] == "Encounter", raw
    assert recogniser()(raw, Index([Entry(raw)], "p1")) == (), raw


@settings(BOUNDED, max_examples=60)
@given(mutated(keep=("resourceType", "id")))
def test_a_fault_in_one_resource_costs_no_other(case: tuple[list[Made], int, set[str]]) -> None:
    record, place, _ = case
    others = {f"{item['resourceType']}/{item['id']}" for number, item in enumerate(record) if number != place}
    assert others <= cited(read(*record[1:]))


@settings(BOUNDED, max_examples=60)
@given(st.permutations(VALID[1:]))
def test_order_changes_nothing(shuffled: list[Made]) -> None:
    straight, mixed = read(*VALID[1:]), read(*shuffled)
    assert mixed.facts == straight.facts
    assert sorted(mixed.record.gaps) == sorted(straight.record.gaps)


@settings(BOUNDED, max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                {"resourceType": "Location", "id": "o1", "name": "Left Coast Clinic"},
                {"resourceType": "Madeup", "id": "m1"},
                resource("Condition", "77", code=coded(ICD, "J45.909", "Unspecified asthma, uncomplicated")),
                resource("Observation", "77", status="final", code=coded(LOINC, "8302-2"), valueInteger=170),
                resource("Procedure", "77", status="completed", code={"text": "Tooth extraction"}),
                {**VALID[2], "id": "other", "subject": {"reference": "Patient/p2"}},
                {**VALID[5], "id": "nobody", "subject": None},
                {"resourceType": "Patient", "id": "p2", "birthDate": "1930-01-01"},
                VALID[3],
            ]
        ),
        max_size=6,
    )
)
def test_what_is_of_no_interest_changes_no_fact(more: list[Made]) -> None:
    assert read(*VALID[1:], *more).facts == read(*VALID[1:]).facts
