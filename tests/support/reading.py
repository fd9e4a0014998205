"""Reads a handful of resources as an evaluation would, with the repository's value sets and no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from service.facts.extract import Context, CountWindow, extract
from service.facts.fact import BASE, Fact, check
from service.facts.needs import Need, need
from service.facts.recognise import Recogniser
from service.fhir.intake import read_record
from service.fhir.record import Gap, Record
from service.fhir.sent import Entry, KeyRead, State
from service.files import KEY_OF_TYPE
from service.question import Question
from service.rules.load import RULESETS, read_yaml
from service.terminology.anatomy import Anatomy, AnatomyFile
from service.terminology.reading import ReadingFile, TextReader
from service.terminology.value_sets import CodeIndex, ValueSet

TODAY = date(2026, 11, 22)
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1970-03-03"}
SUBJECT = {"reference": "Patient/p1"}
ABOUT = {"Coverage": "beneficiary"} | dict.fromkeys(("AllergyIntolerance", "Device", "Immunization"), "patient")
STALE_DAYS = 400
ORDER_STALE_DAYS = 180
LOOK_BACK_MONTHS = 6
EXAMINATION_DAYS = 180
COUNTED = "epidurals"
SPANNED = "therapy"
NEEDS: tuple[Need, ...] = (
    Need(patient="patient"),
    *(
        Need(condition=name)
        for name in ("radicular-pain", "facet-pain", "axial-spine-pain", "myelopathy", "neurogenic-claudication")
    ),
    *(Need(condition=name) for name in ("motor-deficit", "cauda-equina", "diabetes", "disc-herniation")),
    *(Need(medication=name) for name in ("antithrombotics", "steroids", "nsaids", "serotonergics", "herbals")),
    *(Need(observation=name) for name in ("glycaemia", "coagulation", "renal-function", "pain-scores")),
    *(Need(observation=name) for name in ("blood-pressure", "pregnancy-test", "examinations")),
    *(Need(allergy=name) for name in ("allergens", "steroid-allergens")),
    Need(device="implanted-devices"),
    Need(immunization="vaccines"),
    Need(goal="functional-goals"),
    *(Need(procedure=name) for name in ("spine-procedures", "conservative-care")),
    need({"relief": "spine-procedures", "of": ["pain-scores"]}),
    Need(imaging="spine-imaging"),
    *(Need(statement=name) for name in ("imaging-findings", "clinical-findings", "order-details", "order-leaves-out")),
    *(Need(statement=name) for name in ("alarm-findings", "spinal-infection-findings", "needle-path-findings")),
    Need(statement="herniation-size"),
    *(Need(order=name) for name in ("spine-procedures", "sedation-orders")),
    Need(coverage="payers"),
    need(
        {
            "count": COUNTED,
            "of": ["spine-procedures"],
            "concepts": ["epidural-transforaminal", "epidural-interlaminar", "epidural-caudal"],
            "windows": [{"id": "year", "months": "months"}],
        }
    ),
    need({"booking": "booking-words", "of": ["spine-procedures"]}),
    Need(performer="performer-qualification"),
    need({"span": SPANNED, "of": ["conservative-care", "nsaids"]}),
)
WINDOWS: dict[str, tuple[CountWindow, ...]] = {COUNTED: (CountWindow("year", 12), CountWindow("half-year", 6))}


@dataclass(frozen=True)
class Read:
    """A record with its facts."""

    record: Record
    facts: list[Fact]

    def of(self, kind: str, **fields: Any) -> list[Mapping[str, Any]]:
        """Fields of the facts of a kind that have the given values."""
        found = [fact.fields for fact in self.facts if fact.kind == kind]
        return [item for item in found if all(item[name] == value for name, value in fields.items())]

    def one(self, kind: str, **fields: Any) -> Mapping[str, Any]:
        """Fields of the only fact that fits."""
        (found,) = self.of(kind, **fields)
        return found

    def concepts(self, kind: str) -> list[str]:
        """Concepts of the facts of a kind, sorted."""
        return sorted(item["concept"] for item in self.of(kind))

    @property
    def problems(self) -> list[str]:
        """`kind where element problem` of each gap."""
        return [f"{gap.kind} {gap.where} {gap.element} {gap.problem}" for gap in self.record.gaps]

    def gap(self, text: str) -> Gap:
        """The only gap whose line contains `text`."""
        (found,) = [gap for gap, line in zip(self.record.gaps, self.problems, strict=True) if text in line]
        return found


@lru_cache(maxsize=1)
def codes() -> CodeIndex:
    """All value sets of the repository."""
    return CodeIndex(ValueSet.model_validate(read_yaml(path)) for path in (RULESETS / "_codes").glob("[!_]*.yaml"))


@lru_cache(maxsize=1)
def anatomy() -> Anatomy:
    """The repository's anatomy."""
    return Anatomy(AnatomyFile.model_validate(read_yaml(RULESETS / "_codes" / "_anatomy.yaml")))


@lru_cache(maxsize=1)
def reader() -> TextReader:
    """The repository's reader of running text."""
    file = ReadingFile.model_validate(read_yaml(RULESETS / "_codes" / "_reading.yaml"))
    return TextReader(file, anatomy().level_words, anatomy().side_words)


@lru_cache(maxsize=1)
def relief_days() -> dict[str, dict[str, int]]:
    """The repository's days around a procedure in which scores tell of relief."""
    rows = read_yaml(RULESETS / "_codes" / "_extraction.yaml")["relief_days"]["rows"]
    return {name: {column: cell["value"] for column, cell in row["cells"].items()} for name, row in rows.items()}


@lru_cache(maxsize=1)
def recogniser() -> Recogniser:
    """Recognises the sets of NEEDS."""
    return Recogniser(codes(), anatomy(), reader(), {name for item in NEEDS for name in item.sets})


def keys_of(entries: Iterable[Entry]) -> dict[str, KeyRead]:
    """Entries under the keys they would come in."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        kind = entry.resource.get("resourceType") if isinstance(entry.resource, dict) else ""
        groups.setdefault(KEY_OF_TYPE.get(str(kind), "conditions"), []).append(entry)
    return {key: KeyRead(key, State.COMPLETE, tuple(items)) for key, items in groups.items()}


def read(
    *resources: Any,
    orders: Sequence[Mapping[str, Any]] = (),
    today: date = TODAY,
    zone: str = "UTC",
    keys: Mapping[str, KeyRead] | None = None,
    patient: Mapping[str, Any] | Entry = PATIENT,
    needs: tuple[Need, ...] = NEEDS,
    **asked: Any,
) -> Read:
    """The record and facts of Patient/p1 with these resources (or entries); facts are checked against their schema.

    `asked` are further fields of the question (dispatched, performer, beside, encounter).
    """
    entries = [item if isinstance(item, Entry) else Entry(item) for item in (patient, *resources)]
    record = read_record(keys_of(entries) if keys is None else keys, "p1", recogniser())
    sets: dict[str, frozenset[str]] = {}
    for item in needs:
        sets[item.extractor] = sets.get(item.extractor, frozenset()) | frozenset(item.sets)
    context = Context(
        record=record,
        question=Question("patient-view", "p1", today, tuple(orders), **asked),
        index=codes(),
        anatomy=anatomy(),
        reader=reader(),
        zone=ZoneInfo(zone),
        needs=needs,
        sets_of=sets,
        windows=WINDOWS,
        order_stale_days=ORDER_STALE_DAYS,
        stale_days=STALE_DAYS,
        look_back_months=LOOK_BACK_MONTHS,
        relief_days=relief_days(),
        half_relief=50.0,
        examination_days=EXAMINATION_DAYS,
    )
    facts = extract(context, recogniser())
    for fact in facts:
        check(fact.kind, fact.fields, BASE[fact.kind])
    return Read(record, facts)


def resource(kind: str, number: str = "1", **elements: Any) -> dict[str, Any]:
    """A resource of our patient; elements as given."""
    ours: dict[str, Any] = {ABOUT.get(kind, "subject"): SUBJECT}
    if kind == "Appointment":
        ours = {"participant": [{"actor": SUBJECT, "status": "accepted"}]}
    return {"resourceType": kind, "id": f"{kind[:3].lower()}{number}", **ours, **elements}


def coded(system: str, code: Any, text: str | None = None, **more: Any) -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, **more}], **({} if text is None else {"text": text})}


ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CPT = "http://www.ama-assn.org/go/cpt"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
WARFARIN = coded(RXNORM, "11289")


def warfarin(**elements: Any) -> dict[str, Any]:
    """An active statement of warfarin, asserted 20 days ago."""
    base = {"status": "active", "medicationCodeableConcept": WARFARIN, "dateAsserted": "2026-11-02"}
    return resource("MedicationStatement", **{**base, **elements})
