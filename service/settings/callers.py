"""Settings that say who may call: issuers whose tokens are believed, or a proxy that checked a client's certificate."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from service.caller import SCOPES
from service.settings.listed import listed, networks

HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
# Headers that mean something else; a proxy that is told to write one of them would be misread.
NOT_FOR_SUBJECTS = frozenset({"authorization", "host", "cookie", "content-type", "content-length"})


class CallerSettings(BaseModel):
    """Fields that `Settings` inherits; service/callers/README.md explains them to the one who connects an EHR."""

    issuers: Path | None = Field(
        default=None,
        description="YAML or JSON file of the issuers whose tokens are believed (service/callers/README.md)",
    )
    token_lifetime_s: int = Field(default=600, ge=30, le=86_400, description="longest span from iat to exp of a token")
    clock_skew_s: int = Field(
        default=30, ge=0, le=300, description="how far the clocks of callers may differ from ours"
    )
    keys_refresh_s: int = Field(
        default=900, ge=30, le=86_400, description="age at which keys from a URL are fetched again"
    )
    keys_retry_s: int = Field(
        default=30, ge=1, le=3_600, description="shortest time between fetches for an unknown kid or after a failure"
    )
    keys_keep_s: int = Field(
        default=14_400, ge=0, le=604_800, description="how long keys are used while their URL cannot be read"
    )
    keys_timeout_ms: int = Field(default=3_000, ge=100, le=20_000, description="time for fetching keys")
    mtls_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="addresses or networks of proxies that check client certificates; empty: none"
    )
    mtls_subject_header: str = Field(
        default="", description="header in which they name the checked certificate, e.g. X-Forwarded-Client-Cert"
    )
    mtls_verify_header: str = Field(
        default="", description="header that must say SUCCESS beside it, e.g. X-SSL-Client-Verify; empty: none"
    )
    mtls_subjects: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="certificate names that may call (a JSON list, or separated by semicolons)"
    )

    mtls_scopes: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="what these may do with packets: packets.read, packets.write, packets.export"
    )

    @field_validator("issuers", mode="before")
    @classmethod
    def _none_when_empty(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("mtls_proxies", "mtls_scopes", mode="before")
    @classmethod
    def _split_proxies(cls, value: Any) -> Any:
        return listed(value)

    @field_validator("mtls_subjects", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        """Not at commas, which names of certificates are full of."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [item.strip() for item in value.split(";") if item.strip()]

    @field_validator("mtls_scopes")
    @classmethod
    def _known_scopes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= SCOPES:
            raise ValueError(f"each must be one of {', '.join(sorted(SCOPES))}")
        return value

    @field_validator("mtls_proxies")
    @classmethod
    def _mtls_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return networks(value)

    @field_validator("mtls_subject_header", "mtls_verify_header")
    @classmethod
    def _header_name(cls, value: str) -> str:
        if value and (not HEADER_NAME.fullmatch(value) or value.lower() in NOT_FOR_SUBJECTS):
            raise ValueError("must be the name of a header of the proxy's own (letters, digits and dashes)")
        return value

    @model_validator(mode="after")
    def _all_of_mtls_or_nothing(self) -> Self:
        needed = (self.mtls_proxies, self.mtls_subject_header, self.mtls_subjects)
        if any((*needed, self.mtls_verify_header)) and not all(needed):
            raise ValueError(
                "SPINE_CDS_MTLS_PROXIES, SPINE_CDS_MTLS_SUBJECT_HEADER and SPINE_CDS_MTLS_SUBJECTS belong together"
            )
        return self

    @property
    def callers_checked(self) -> bool:
        """Whether anybody has to say who he is."""
        return self.issuers is not None or bool(self.mtls_proxies)
