"""The resources of an evaluation by reference, and the day each tells of; nothing is cited that is not among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from service.evaluate import Evaluation
from service.fhir.references import Index, Owner
from service.fhir.sent import Entry
from service.prior_auth.exports.wire import Raw, items, name_of

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
    """Raw resources of one evaluation; `others` are resources beside the record, such as organizations."""

    def __init__(self, evaluation: Evaluation, others: Sequence[Raw] = ()) -> None:
        question, record = evaluation.question, evaluation.record
        beside: Iterable[Raw] = (*question.orders, *question.beside, *others)
        entries = [entry for key in record.keys.values() for entry in key.entries if isinstance(entry.resource, dict)]
        entries += [Entry(resource) for resource in beside]
        self._all = [entry.resource for entry in entries]
        self._index = Index(entries, question.patient_id)
        self.patient: Raw = record.patient.raw if record.patient else {}

    def find(self, reference: str, holder: Raw | None = None) -> Raw | None:
        """What a reference in `holder` points at."""
        return self._index.find(reference, holder or {}) if reference else None

    def ours(self, subject: object) -> bool:
        """Whether a raw reference is to the packet's patient."""
        return self._index.owner(subject) is Owner.OURS

    def of(self, *types: str) -> Iterator[Raw]:
        """Resources of the given types, each once."""
        seen = set()
        for resource in self._all:
            name = name_of(resource)
            if resource.get("resourceType") in types and (not name or name not in seen):
                seen.add(name)
                yield resource

    def coverages(self) -> list[Raw]:
        """The patient's active coverages."""
        known = (item for item in self.of("Coverage") if item.get("status", "active") == "active")
        return [item for item in known if name_of(item) and self.ours(item.get("beneficiary"))]


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
