"""A CDS Hooks response; what the standard forbids cannot be built (checklist G1 to G11)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")]
Summary = Annotated[str, StringConstraints(min_length=1, max_length=139, pattern=r"^[^\r\n]*\S[^\r\n]*$")]
# A relative reference, as `Task/t1`.
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}$")]
Extension = dict[Text, Any]


class Wire(BaseModel):
    """Strict outgoing JSON: camelCase on the wire, immutable, no field that the standard does not know."""

    # NaN stays what it is, so that writing the answer fails; left alone it would become null, and null is left out.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        ser_json_inf_nan="constants",
    )


class Coding(Wire):
    """A code; CDS Hooks demands its system, which FHIR does not."""

    code: Text
    system: Text
    display: Text | None = None


class OverrideReason(Coding):
    """A reason the user may give for not following a card; must have words to show."""

    display: Text


class Source(Wire):
    """Where a card's guidance comes from; `topic` is one Coding."""

    label: Text
    url: Url | None = None
    icon: Url | None = None
    topic: Coding | None = None


class Link(Wire):
    """A page or SMART app to open; only an app gets a context, and that is a string (cds-resp-3)."""

    label: Text
    url: Url
    type: Literal["absolute", "smart"]
    app_context: Text | None = None
    autolaunchable: bool | None = None

    @model_validator(mode="after")
    def _context_only_for_apps(self) -> Self:
        if self.app_context is not None and self.type != "smart":
            raise ValueError("appContext is only for links of type smart")
        return self


class SystemAction(Wire):
    """One change of the record: create and update carry a resource, delete a reference (cds-resp-2).

    An update replaces what has the resource's id, so that has to be there.
    """

    type: Literal["create", "update", "delete"]
    description: Text | None = None
    resource: dict[str, Any] | None = None
    resource_id: Reference | None = None

    @model_validator(mode="after")
    def _resource_or_reference(self) -> Self:
        if self.type == "delete":
            if self.resource is not None or self.resource_id is None:
                raise ValueError("a delete has a resourceId and no resource")
        elif self.resource_id is not None or not isinstance((self.resource or {}).get("resourceType"), str):
            raise ValueError("a create or update has a resource and no resourceId")
        elif self.type == "update" and not isinstance((self.resource or {}).get("id"), str):
            raise ValueError("an update has the whole resource, with its id")
        return self


class Action(SystemAction):
    """An action of a suggestion; the user must be told what it does."""

    description: Text


class Suggestion(Wire):
    """Something the user can accept; `uuid` comes back in feedback."""

    label: Text
    uuid: UUID
    is_recommended: bool | None = None
    actions: tuple[Action, ...] = ()


class Card(Wire):
    """One piece of guidance; `summary` is one line of fewer than 140 characters."""

    uuid: UUID
    summary: Summary
    indicator: Literal["info", "warning", "critical"]
    source: Source
    detail: Text | None = None
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: Literal["at-most-one", "any"] | None = None
    override_reasons: tuple[OverrideReason, ...] = ()
    links: tuple[Link, ...] = ()
    extension: Extension = Field(default_factory=dict)

    @model_validator(mode="after")
    def _selection_fits_suggestions(self) -> Self:
        if bool(self.suggestions) != (self.selection_behavior is not None):
            raise ValueError("selectionBehavior is there if and only if there are suggestions")
        recommended = sum(1 for suggestion in self.suggestions if suggestion.is_recommended)
        if self.selection_behavior == "at-most-one" and recommended > 1:
            raise ValueError("at most one suggestion may be recommended (cds-resp-1)")
        return self


class CdsResponse(Wire):
    """The whole answer; no card means that everything needed was there and nothing applies."""

    cards: tuple[Card, ...] = ()
    system_actions: tuple[SystemAction, ...] = ()
    extension: Extension = Field(default_factory=dict)


def to_json(response: CdsResponse) -> dict[str, Any]:
    """The response as JSON values; nothing is null or empty but `cards`. FHIR resources go out as they were given."""
    document = response.model_dump(mode="json", by_alias=True)
    cards = document.pop("cards")
    return {"cards": [_filled(card) for card in cards], **_filled(document)}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):  # model_dump gives plain dicts and lists
        pairs = ((key, item if key == "resource" else _filled(item)) for key, item in value.items())
        return {key: item for key, item in pairs if not _empty(item)}
    if isinstance(value, list):
        return [item for item in map(_filled, value) if not _empty(item)]
    return value


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
