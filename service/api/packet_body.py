"""Bodies of the packet routes, checked by type; unknown fields are refused, as a misspelt one would be ignored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from service.errors import MalformedRequest
from service.hooks.request import FhirAuthorization, fault_text
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.kept import Attaching
from service.prior_auth.exports.wire import PasVersion
from service.store.packet_records import Authorization
from service.store.packets import Move
from service.store.states import State

LONGEST_REASON = 2_000
Reference = Annotated[str, StringConstraints(pattern=r"^(ServiceRequest|Appointment)/[A-Za-z0-9\-.]{1,64}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{0,10}$")]
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


class IdentifierBody(BaseModel):
    """A FHIR Identifier; other members of it may come along and are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    system: Annotated[str, StringConstraints(pattern=r"^\S{1,255}$")]
    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class ExportBody(Body):
    """`coverage` says which one pays, where the record has several in force."""

    coverage: Annotated[str, StringConstraints(pattern=r"^(Coverage/[A-Za-z0-9\-.]{1,64})?$")] = ""


class RequestBody(ExportBody):
    """What only the practice has for a request (PAS); whatever is left out is listed as missing where it is required.

    `server` is the FHIR address of the record; left out it is the one that the patient came from.
    """

    release: PasVersion = "2.2.1"
    server: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/?#]\S{0,245}[^\s/])?$")] = ""
    number: IdentifierBody | None = None
    claim_type: Literal["professional", "institutional", "oral", ""] = ""
    request_type: Code = ""
    certification_type: Code = ""
    service_type: Code = ""
    place: Annotated[str, StringConstraints(pattern=r"^([0-9]{2})?$")] = ""

    @property
    def billing(self) -> Billing:
        """The same for a draft."""
        return Billing(
            self.server,
            self.number.model_dump() if self.number else {},
            self.claim_type,
            self.request_type,
            self.certification_type,
            self.service_type,
            self.place,
        )


class AttachmentBody(ExportBody):
    """What ties the packet's document to a request (CDex): the payer's or the practice's number of it."""

    tracking: IdentifierBody | None = None
    loinc: Annotated[str, StringConstraints(pattern=r"^([0-9]{1,7}-[0-9])?$")] = ""
    line: Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,2})?$")] = ""
    final: bool | None = None

    @property
    def given(self) -> Attaching:
        """The same for an attachment."""
        return Attaching(self.tracking.model_dump() if self.tracking else None, self.loinc, self.line, self.final)


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
