"""What the rest of the service hands over to be kept. Identifiers are clear here, and hashed in every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from service.caller import Caller

NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding as a card gave it; `values` are {name, value, unit, status}, `criteria` {id, status}."""

    rule: str
    outcome: str = ""
    kind: str = ""
    topic: str = ""
    indicator: str = ""
    procedure: str = ""
    region: str = ""
    laterality: str = ""
    policy: str = ""
    values: tuple[Mapping[str, Any], ...] = ()
    criteria: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card: its findings, the first of which leads, and {uuid, label} of its suggestions. No text of the card."""

    uuid: UUID
    findings: tuple[ShownFinding, ...]
    suggestions: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a service and how it ended; `word` is the outcome word, `read` is {key: {state, count}}."""

    time: datetime
    service: str
    hook: str
    status: int
    word: str
    milliseconds: float
    evaluation: UUID = field(default_factory=uuid4)
    content_version: str = ""
    caller: Caller = NOBODY
    hook_instance: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    patient: str = field(default="", repr=False)
    encounter: str = field(default="", repr=False)
    location: str = field(default="", repr=False)
    read: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    cards: tuple[ShownCard, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """What a person did with a card, as the client reported it; `at` is in UTC."""

    card: str
    outcome: str
    at: datetime
    suggestions: tuple[str, ...] = ()
    reason_system: str = ""
    reason_code: str = ""
    reason_display: str = field(default="", repr=False)
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """How many items of one post were new, and how many had been told before."""

    stored: int
    repeated: int
