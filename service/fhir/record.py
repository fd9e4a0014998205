"""The record of one patient as far as it could be read, and everything that could not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from service.fhir.r4 import Model
from service.fhir.sent import KeyRead
from service.terminology.value_sets import Hit


class GapKind(StrEnum):
    """Why something in the record was not taken as it stands."""

    REPAIRED = "repaired"
    UNREAD = "unread"
    EXCLUDED = "excluded"
    OTHER_PATIENT = "other-patient"
    CONTRADICTION = "contradiction"
    INCOMPLETE = "incomplete"


class Gap(NamedTuple):
    """One thing not taken as it stands: where, which element, and what was wrong or done.

    `matters` says that the thing was recognised as something some rule asks for, or could not even be recognised.
    """

    kind: GapKind
    where: str
    element: str
    problem: str
    matters: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReadResource:
    """A resource that some rule asks for, validated; `raw` is as received."""

    type: str
    reference: str
    model: Model
    hits: tuple[Hit, ...]
    raw: Mapping[str, Any]
    key: str


@dataclass(slots=True)
class Record:
    """One patient's readable resources, by type in order of arrival, and the gaps."""

    patient: ReadResource | None = None
    resources: list[ReadResource] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    keys: Mapping[str, KeyRead] = field(default_factory=dict)
    received: int = 0

    def of(self, *types: str) -> list[ReadResource]:
        """Resources of the given types."""
        return [resource for resource in self.resources if resource.type in types]
