"""The resources of an evaluation by reference, and the day each tells of; nothing is cited that is not among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from service.evaluate import Evaluation
from service.fhir.intake import subject_of
from service.fhir.r4 import SUBJECT
from service.fhir.references import Index, Owner
from service.fhir.sent import Entry
from service.prior_auth.exports.wire import Raw, items, name_of
from service.prior_auth.packet import OF_NOBODY

# Which element of a resource says when it was, in the order in which they are asked.
DAYS = (
    "effectiveDateTime",
    "effectivePeriod.end",
    "performedDateTime",
    "performedPeriod.end",
    "started",
    "onsetDateTime",
    "authoredOn",
    "authored",
    "recordedDate",
    "dateAsserted",
    "issued",
    "date",
)
DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Sources:
    """Raw resources about one patient, what is in hand first; a resource of another patient is not among them.

    `patient` is the Patient as it was read, `today` the day on which coverage has to be in force.
    """

    def __init__(
        self, in_hand: Sequence[Raw], received: Iterable[Entry], patient_id: str, patient: Raw, today: date
    ) -> None:
        entries = [*(Entry(resource) for resource in in_hand), *received]
        self._index = Index(entries, patient_id)
        self._patient_id = patient_id
        self._today = today.isoformat()
        self._in_hand = {id(entry.resource) for entry in entries[: len(in_hand)]}
        self._urls = {id(entry.resource): entry.full_url for entry in entries}
        self._all = [entry.resource for entry in entries if self._may_be_used(entry.resource)]
        self.patient = patient

    @classmethod
    def of_evaluation(cls, evaluation: Evaluation) -> Sources:
        """The resources of an evaluation; orders and what came beside them are in hand."""
        question, record = evaluation.question, evaluation.record
        received = [entry for key in record.keys.values() for entry in key.entries if isinstance(entry.resource, dict)]
        patient: Raw = record.patient.raw if record.patient else {}
        return cls((*question.orders, *question.beside), received, question.patient_id, patient, question.today)

    def url_of(self, resource: Raw) -> str:
        """The fullUrl that a resource of these came with, '' where it came with none."""
        return self._urls.get(id(resource), "")

    def find(self, reference: str, holder: Raw | None = None) -> Raw | None:
        """What a reference in `holder` points at."""
        found = self._index.find(reference, holder or {}) if reference else None
        # What is contained belongs to its holder.
        return found if found is None or reference.startswith("#") or self._may_be_used(found) else None

    def ours(self, subject: object) -> bool:
        """Whether a raw reference is to the packet's patient."""
        return self._index.owner(subject) is Owner.OURS

    def _may_be_used(self, resource: Raw) -> bool:
        """Whether it is the patient's, or of a kind that is nobody's; drafts in hand need not name their patient."""
        kind = str(resource.get("resourceType"))
        if kind == "Patient":
            return bool(resource.get("id") == self._patient_id)
        if kind in OF_NOBODY:
            return True
        subject = subject_of(resource, kind, self._index) if kind in SUBJECT else _subject(resource)
        owner = self._index.owner(subject)
        return owner is Owner.OURS or (owner is Owner.NOBODY and id(resource) in self._in_hand)

    def of(self, *types: str) -> Iterator[Raw]:
        """Resources of the given types, each once."""
        seen = set()
        for resource in self._all:
            name = name_of(resource)
            if resource.get("resourceType") in types and (not name or name not in seen):
                seen.add(name)
                yield resource

    def coverages(self) -> list[Raw]:
        """The patient's coverages that are active and in force today."""
        return [item for item in self.of("Coverage") if name_of(item) and self._in_force(item)]

    def _in_force(self, coverage: Raw) -> bool:
        """A period's end counts to its last day, however exactly that is told."""
        start, end = (day(element(coverage, f"period.{name}")) for name in ("start", "end"))
        began = not start or start <= self._today[: len(start)]
        lasts = not end or end >= self._today[: len(end)]
        return bool(coverage.get("status", "active") == "active" and began and lasts)


def _subject(resource: Raw) -> object:
    return next((resource[name] for name in ("subject", "patient", "beneficiary") if name in resource), None)


def element(resource: Raw, path: str) -> object:
    """The value at a dotted path, None where there is none."""
    value: object = resource
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def day(value: object) -> str:
    """The date part of a FHIR date or time as the record has it (year, month or day), '' where it is none."""
    found = DAY.match(value) if isinstance(value, str) else None
    return found.group() if found else ""


def day_of(resource: Raw, paths: Sequence[str] = DAYS) -> str:
    """The day a resource tells of, '' where it tells none."""
    return next((found for found in (day(element(resource, path)) for path in paths) if found), "")


def identified(resource: Raw) -> list[Raw]:
    """Identifiers with a system and a value."""
    return [item for item in items(resource.get("identifier")) if item.get("system") and item.get("value")]
