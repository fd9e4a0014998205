"""The file of trusted issuers: who may sign tokens, with which keys and algorithms, for whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from service.callers.keys import ALGORITHMS, RECOMMENDED
from service.settings import SettingsInvalid, is_loopback

# No user, query or fragment: nothing that could make two readers see two servers in one URL.
KEY_URL = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?/[A-Za-z0-9._~/%-]*")


def _key_url(url: str) -> str:
    if not KEY_URL.fullmatch(url):
        raise ValueError("must be an https URL with a path, without user, query or fragment")
    if not url.startswith("https://") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("must be https; http is for loopback only")
    return url


KeyUrl = Annotated[str, AfterValidator(_key_url)]
Text = Annotated[str, Field(min_length=1, max_length=255)]


class Grant(BaseModel):
    """Scopes for all callers of an issuer, or for these tenants and subjects only; what is empty does not narrow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scopes: tuple[Literal["packets.read", "packets.write", "packets.export"], ...] = Field(min_length=1)
    tenants: tuple[Text, ...] = ()
    subjects: tuple[Text, ...] = ()

    def holds(self, subject: str, tenant: str) -> bool:
        """Whether the grant is for this caller."""
        return (not self.tenants or tenant in self.tenants) and (not self.subjects or subject in self.subjects)


class Issuer(BaseModel):
    """One trusted issuer. Keys come from `jwks_file` or `jwks_url`, else from the `jku` of the token, if listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iss: Text
    jwks_file: Path | None = None
    jwks_url: KeyUrl | None = None
    jku: tuple[KeyUrl, ...] = ()
    algorithms: tuple[str, ...] = Field(default=RECOMMENDED, min_length=1)
    tenants: tuple[Text, ...] = ()
    audiences: tuple[Text, ...] = ()
    grants: tuple[Grant, ...] = ()

    @field_validator("algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= ALGORITHMS.keys():
            raise ValueError(f"each must be one of {', '.join(ALGORITHMS)}")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.jwks_file and self.jwks_url:
            raise ValueError("give jwks_file or jwks_url, not both")
        if not (self.jwks_file or self.jwks_url or self.jku):
            raise ValueError("needs jwks_file, jwks_url or a list of jku")
        return self

    def scopes(self, subject: str, tenant: str) -> frozenset[str]:
        """What all grants together allow a caller; nothing where none is for him."""
        return frozenset(scope for grant in self.grants if grant.holds(subject, tenant) for scope in grant.scopes)

    def may_name(self, key_url: str) -> bool:
        """Whether a token of this issuer may carry this jku: only one that is listed, character by character."""
        return not key_url or key_url in self.jku or key_url == self.jwks_url

    def source(self, key_url: str) -> Path | str:
        """Where the keys for a token with this (allowed) jku are; '' where the token had to say and did not."""
        if self.jwks_file or self.jwks_url:
            return self.jwks_file or self.jwks_url or ""
        return key_url or (self.jku[0] if len(self.jku) == 1 else "")


Issuers = Mapping[str, Issuer]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    issuers: list[Issuer] = Field(min_length=1)


def read(path: Path) -> Issuers:
    """The issuers of a YAML or JSON file by `iss`; raises SettingsInvalid, whose text names places and no value."""
    try:
        document = yaml.safe_load(path.read_bytes())
        found = _File.model_validate(document).issuers
    except ValidationError as error:
        raise _invalid(
            [f"{_place(item['loc'])}: {item['msg']}" for item in error.errors(include_input=False)]
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _invalid([f"it cannot be read as YAML or JSON ({type(error).__name__})"]) from None
    by_name = {issuer.iss: _beside(issuer, path) for issuer in found}
    if len(by_name) != len(found):
        raise _invalid(["an iss is listed twice"])
    return MappingProxyType(by_name)


def _beside(issuer: Issuer, path: Path) -> Issuer:
    """The issuer with the place of its key file, which may be told relative to the file of issuers."""
    if issuer.jwks_file is None:
        return issuer
    return issuer.model_copy(update={"jwks_file": path.parent / issuer.jwks_file})


def _place(location: tuple[int | str, ...]) -> str:
    """`issuers 2 jku 1` for people, who count from one."""
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in location) or "file"


def _invalid(faults: list[Any]) -> SettingsInvalid:
    return SettingsInvalid("the file of issuers (SPINE_CDS_ISSUERS) cannot be used:\n  " + "\n  ".join(faults))
