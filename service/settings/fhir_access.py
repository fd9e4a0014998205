"""Settings for reading from FHIR servers: which ones, from which addresses, with which limits and own accounts."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from service.settings.accounts import Accounts, read
from service.settings.listed import listed
from service.settings.urls import base_urls, is_loopback


class FhirAccessSettings(BaseModel):
    """What an operator decides about FHIR servers; a part of Settings."""

    fhir_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="base URLs of FHIR servers that may be read (commas or a JSON list); empty: loopback only",
    )
    fhir_private_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="base URLs that may be read although their names lead to private addresses, as a hospital's own do",
    )
    fhir_ca_file: Path | None = Field(
        default=None, description="PEM file of further certificate authorities, for servers with a private one"
    )
    fhir_accounts: Path | None = Field(
        default=None, description="YAML file of this service's own accounts at FHIR servers (SMART Backend Services)"
    )
    fetch_budget_ms: int = Field(default=3_000, ge=1, le=60_000, description="time for all FHIR reads of one request")
    fetch_timeout_ms: int = Field(default=2_000, ge=1, le=60_000, description="time for one FHIR read")
    fetch_pages: int = Field(default=1_000, ge=1, le=100_000, description="most pages read for one prefetch key")
    fetch_resources: int = Field(
        default=20_000, ge=1, le=1_000_000, description="no further page is read for a key that has this many resources"
    )

    @field_validator("fhir_servers", "fhir_private_servers", mode="before")
    @classmethod
    def _listed_servers(cls, value: Any) -> Any:
        return listed(value)

    @field_validator("fhir_servers", "fhir_private_servers")
    @classmethod
    def _base_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return base_urls(value)

    @field_validator("fhir_ca_file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
        except ssl.SSLError as error:
            raise ValueError("is no PEM file of certificates") from error
        except OSError as error:
            raise ValueError("cannot be read") from error
        return value

    @field_validator("fhir_accounts")
    @classmethod
    def _usable(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        accounts = read(value).servers if value is not None else ()
        named = (*info.data.get("fhir_servers", ()), *info.data.get("fhir_private_servers", ()))
        known = {url.lower() for url in named}
        for account in accounts:
            if account.server.lower() not in known and not is_loopback(urlsplit(account.server).hostname or ""):
                raise ValueError("names a server that SPINE_CDS_FHIR_SERVERS or its private companion does not list")
        return value

    def own_accounts(self) -> Accounts:
        """The accounts of the file, none without one."""
        return read(self.fhir_accounts) if self.fhir_accounts else Accounts()
