"""Bodies of the packet routes, checked by type; unknown fields are refused, as a misspelt one would be ignored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from service.errors import MalformedRequest
from service.hooks.request import FhirAuthorization, fault_text
from service.store.packet_records import Authorization
from service.store.packets import Move
from service.store.states import State

LONGEST_REASON = 2_000
Reference = Annotated[str, StringConstraints(pattern=r"^(ServiceRequest|Appointment)/[A-Za-z0-9\-.]{1,64}$")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


class Body(BaseModel):
    """What all of them have: `user` is the person behind the call, as `Practitioner/7`."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    user: Annotated[str, StringConstraints(max_length=255)] = ""


class RecordBody(Body):
    """An order and where its record is: `record` (Bundle, resource or list), or the FHIR server to read it from.

    `order` is a draft as it stands, or a reference into the record; left out it is the record's one draft order.
    `answers` is a finished QuestionnaireResponse to the questionnaire of this procedure.
    """

    order: Reference | dict[str, Any] | None = None
    record: dict[str, Any] | list[Any] | None = None
    fhir_server: str | None = None
    fhir_authorization: FhirAuthorization | None = None
    patient_id: Annotated[str, StringConstraints(max_length=255)] = ""
    policy: Annotated[str, StringConstraints(max_length=64)] = ""
    answers: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_record(self) -> Self:
        if (self.record is None) == (self.fhir_server is None):
            raise ValueError("give record or fhirServer, one of them")
        if self.fhir_authorization and not self.fhir_server:
            raise ValueError("fhirAuthorization came without fhirServer")
        return self


class EvaluateBody(RecordBody):
    """New data for a packet of this version; without `order` it stays the packet's own."""

    version: Version | None = None


class GivenBody(BaseModel):
    """What the payer gave: a number, and the last day on which it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    expires: date | None = None


class StateBody(Body):
    """A step of a packet of this version."""

    state: State
    version: Version | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON)] = ""
    authorization: GivenBody | None = None

    @property
    def move(self) -> Move:
        """The step as the store takes it."""
        given = self.authorization or GivenBody()
        return Move(self.state, self.reason, Authorization(given.number, given.expires))


Read = TypeVar("Read", bound=BaseModel)


def read(body: Any, model: type[Read]) -> Read:
    """A parsed body as a model; raises MalformedRequest that lists every fault and quotes no value."""
    if issubclass(model, RecordBody) and isinstance(body, dict) and "resourceType" in body:
        body = {"record": body}  # a bare Bundle
    try:
        return model.model_validate(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        listed = "; ".join(dict.fromkeys(fault_text(fault) for fault in faults))
        place = ".".join(str(part) for part in faults[0]["loc"])
        raise MalformedRequest(f"This body cannot be used: {listed}.", expression=place) from None
