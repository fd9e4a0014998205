"""A CDS Hooks request as sent: required fields checked by type, unknown fields and extensions ignored."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from service.errors import MalformedRequest

PLAIN = {
    "missing": "is missing",
    "string_type": "must be a text",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_too_short": "is empty",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


class FhirAuthorization(BaseModel):
    """The short-lived access to the client's FHIR server; the token is never stored, shown or logged.

    Only the token is asked for: what else is missing is the client's fault, and costs nothing that needs no fetching.
    `patient` may be missing beside `patient/` scopes (invariant cds-r-2 is a warning). `expires_in` is in seconds.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    access_token: SecretStr
    token_type: str | None = None
    expires_in: float | None = None
    scope: str | None = None
    subject: str | None = None
    patient: str | None = None

    @property
    def unusable(self) -> str:
        """Why the token is not worth trying, as a plain sentence part, else ''."""
        if self.token_type is not None and self.token_type.lower() != "bearer":
            return "the request's token is not of type Bearer"
        if self.expires_in is not None and self.expires_in <= 0:
            return "the request's token has expired"
        return ""

    @field_validator("access_token")
    @classmethod
    def _one_header_word(cls, value: SecretStr) -> SecretStr:
        token = value.get_secret_value()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("must be one printable word")
        return value


class CdsRequest(BaseModel):
    """One call of a CDS service; `prefetch` and the FHIR server are the client's to give or leave out."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)

    hook: str = Field(min_length=1)
    hook_instance: str = Field(min_length=1)
    context: dict[str, Any]
    prefetch: dict[str, Any] | None = None
    fhir_server: str | None = None
    fhir_authorization: FhirAuthorization | None = None

    @model_validator(mode="after")
    def _authorization_is_for_a_server(self) -> Self:
        if self.fhir_authorization and not self.fhir_server:
            raise ValueError("fhirAuthorization came without fhirServer")  # invariant cds-r-1
        return self


def read(body: Any) -> CdsRequest:
    """Check a parsed body; raises MalformedRequest that lists every fault and quotes no value."""
    try:
        return CdsRequest.model_validate(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        listed = "; ".join(fault_text(fault) for fault in faults)
        raise MalformedRequest(
            f"This is not a CDS Hooks request: {listed}.", expression=_path(faults[0]["loc"])
        ) from None


def fault_text(fault: ErrorDetails) -> str:
    """One fault in plain words, with its place and without its value."""
    reason = PLAIN.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    path = _path(fault["loc"])
    if not path:
        return "the body must be an object" if fault["type"] in PLAIN else reason
    return f"{path} {reason}"


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
