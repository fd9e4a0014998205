"""Feedback as sent (checklist J): `{"feedback": [...]}`, each item read for itself: a bad one costs only itself.

The array is demanded: older drafts posted one item alone, and half of the field still does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from service.errors import BodyTooLarge, MalformedRequest
from service.hooks.request import fault_text
from service.store.records import FeedbackItem

MOST_ITEMS = 1_000
LONGEST_COMMENT = 10_000
# RFC 3339, section 5.6; a date alone or a time without zone says no instant.
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LEAP_SECOND = re.compile(r":60(?=[.Zz+-])")
Word = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]


class Wire(BaseModel):
    """Tolerant of fields that we do not know, strict on those we do."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, strict=True)


class Suggestion(Wire):
    """A suggestion that was accepted."""

    id: Word


class Reason(Wire):
    """A reason's code; the display is the client's to leave out."""

    code: Word
    system: Word
    display: Annotated[str, StringConstraints(max_length=500)] | None = None


class Override(Wire):
    """Why a card was not followed."""

    reason: Reason | None = None
    user_comment: Annotated[str, StringConstraints(max_length=LONGEST_COMMENT)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.reason is None and not (self.user_comment or "").strip():
            raise ValueError("needs a reason or a userComment (cds-fb-3)")
        return self


class Item(Wire):
    """What was done with one card."""

    card: Word
    outcome: Literal["accepted", "overridden"]
    outcome_timestamp: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    accepted_suggestions: Annotated[list[Suggestion], Field(max_length=100)] | None = None
    override_reason: Override | None = None

    @field_validator("outcome_timestamp")
    @classmethod
    def _instant(cls, value: str) -> str:
        instant(value)
        return value

    @model_validator(mode="after")
    def _accepted_what(self) -> Self:
        if self.outcome == "accepted" and not self.accepted_suggestions:
            raise ValueError("is accepted, so acceptedSuggestions must name what (cds-fb-2)")
        return self


class FeedbackRequest(Wire):
    """The whole body, for /openapi.json; items are read one by one."""

    feedback: list[Item]


def instant(text: str) -> datetime:
    """The moment in UTC that an RFC 3339 text says; a leap second counts as the one before. Raises ValueError."""
    if not INSTANT.fullmatch(text):
        raise ValueError("must be an RFC 3339 date and time with a zone, as in 2026-11-22T09:00:00Z")
    try:
        return datetime.fromisoformat(LEAP_SECOND.sub(":59", text).upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no moment of the calendar") from None


def read(body: Any) -> tuple[list[FeedbackItem], list[str]]:
    """The items that can be stored, and one sentence for each that cannot, quoting no value.

    Raises MalformedRequest when the body is no feedback at all, BodyTooLarge for too many items.
    """
    items = body.get("feedback") if isinstance(body, Mapping) else None
    if not isinstance(items, list):
        raise MalformedRequest("The body must be an object with an array `feedback`.", expression="feedback")
    if len(items) > MOST_ITEMS:
        raise BodyTooLarge(f"There are more than {MOST_ITEMS} items of feedback: send them in parts.")
    good, faults = [], []
    for place, item in enumerate(items):
        if not isinstance(item, Mapping):
            faults.append(f"feedback[{place}]: must be an object")
            continue
        try:
            good.append(_item(Item.model_validate(item)))
        except ValidationError as error:
            told = "; ".join(fault_text(fault) for fault in error.errors(include_input=False, include_url=False))
            faults.append(f"feedback[{place}]: {told}")
    return good, faults


def _item(sent: Item) -> FeedbackItem:
    override = sent.override_reason or Override.model_construct()
    reason = override.reason
    return FeedbackItem(
        card=sent.card,
        outcome=sent.outcome,
        at=instant(sent.outcome_timestamp),
        suggestions=tuple(item.id for item in sent.accepted_suggestions or ()),
        reason_system=reason.system if reason else "",
        reason_code=reason.code if reason else "",
        reason_display=(reason.display or "") if reason else "",
        comment=override.user_comment or "",
    )
