"""All settings, read once from the environment (`SPINE_CDS_*`), with every fault named in one error at the start.

The zone decides which calendar day "today" is. Its default is UTC because a container knows no better and a guess
would be worse: a clinic sets its own, e.g. `SPINE_CDS_ZONE=America/New_York`.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.settings.callers import CallerSettings
from service.settings.edge import ANY_ORIGIN, EdgeSettings
from service.settings.fhir_access import FhirAccessSettings
from service.settings.payer import PayerSettings
from service.settings.store import StoreSettings
from service.settings.urls import BASE_URL, is_loopback

__all__ = ["BASE_URL", "PREFIX", "Settings", "SettingsInvalid", "is_loopback"]

PREFIX = "SPINE_CDS_"
FOR_TESTS_ONLY = frozenset({"SPINE_CDS_SHARED", "SPINE_CDS_EHR_MODULES"})
DEEPEST = 500  # Python's own JSON reader stops near 1000

UNASKED = (
    "other machines can reach SPINE_CDS_HOST, and nothing says who may call: name the issuers of callers' tokens"
    " in SPINE_CDS_ISSUERS, or a proxy that checks client certificates in SPINE_CDS_MTLS_PROXIES; beside a gateway"
    " that checks callers in its own way, bind to 127.0.0.1 (see service/callers/README.md)"
)
UNADDRESSED = (
    "SPINE_CDS_PUBLIC_URL is needed with SPINE_CDS_ISSUERS: a token is made out to the URL called, and without it"
    " the caller's own Host header would say which URL that is"
)


class SettingsInvalid(ValueError):
    """Settings that cannot be used; the text has one line per fault and repeats no value."""


class Settings(CallerSettings, EdgeSettings, FhirAccessSettings, PayerSettings, StoreSettings, BaseSettings):
    """What an operator can set; each field is the environment variable `SPINE_CDS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(
        default=8080,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("SPINE_CDS_PORT", "PORT"),
        description="port to listen on",
    )
    workers: int = Field(default=2, ge=1, le=256, description="worker processes, each with its own rule engine")
    threads: int = Field(default=4, ge=1, le=256, description="threads in each worker")
    max_body_bytes: int = Field(
        default=20_000_000, ge=1_000, description="largest request body, and most of FHIR read for one key"
    )
    max_depth: int = Field(default=100, ge=10, le=DEEPEST, description="deepest nesting of JSON")
    engine_timeout_ms: int = Field(default=2_000, ge=1, le=60_000, description="time for the rules of one request")
    zone: str = Field(default="UTC", description="IANA time zone of the clinic; decides which day today is")
    today: date | None = Field(default=None, description="a fixed day for demonstrations; only while bound to loopback")
    max_cards: int = Field(default=7, ge=7, le=100, description="most cards in one answer; one for each kind at least")
    public_url: str = Field(default="", description="URL under which clients see this service")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError("no such IANA time zone here (is tzdata installed?)") from error
        return value

    @field_validator("today")
    @classmethod
    def _demonstration_only(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and not is_loopback(str(info.data.get("host", ""))):
            raise ValueError("a fixed day is allowed only while SPINE_CDS_HOST is a loopback address")
        return value

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if value and not BASE_URL.fullmatch(value):
            raise ValueError("must be an absolute http or https URL without query, user or fragment")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _any_origin_only_on_loopback(self) -> Self:
        if self.cors_origins == (ANY_ORIGIN,) and not self.on_loopback:
            raise ValueError("SPINE_CDS_CORS_ORIGINS may be `*` only while SPINE_CDS_HOST is a loopback address")
        return self

    @model_validator(mode="after")
    def _others_are_asked_who_they_are(self) -> Self:
        if self.on_loopback:
            return self
        if not self.callers_checked:
            raise ValueError(UNASKED)
        if self.issuers and not self.public_url:
            raise ValueError(UNADDRESSED)
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    def day(self) -> date:
        """The day of evaluation: the fixed one, else the calendar day in the clinic's zone."""
        return self.today or datetime.now(ZoneInfo(self.zone)).date()

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment (`given` overrides it); raises SettingsInvalid naming every fault at once."""
        faults = [f"{name}: no such setting" for name in _unknown_variables()]
        try:
            settings = cls(**given)
        except ValidationError as error:
            faults += [_variable(item["loc"]) + item["msg"] for item in error.errors(include_input=False)]
        if faults:
            raise SettingsInvalid("the settings cannot be used:\n  " + "\n  ".join(faults))
        return settings


def _unknown_variables() -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | FOR_TESTS_ONLY
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def _variable(location: tuple[int | str, ...]) -> str:
    """The variable that a fault is about, '' for one about several."""
    name = str(location[0]) if location else ""
    return name and (name if name.isupper() else PREFIX + name.upper()) + ": "
