"""The file of this service's own accounts at FHIR servers (SMART Backend Services), read and checked at the start.

servers:
  - server: https://ehr.example/fhir/R4     # base URL, one of the listed servers
    client_id: spine-cds
    key_file: ehr.pem                       # private key, PEM or JWK; relative to this file
    kid: "2026-11"                          # as in the JWKS that was registered with the server
    alg: ES384                              # or RS384
    scopes: [system/Patient.r, system/Condition.s]
    token_endpoint: https://ehr.example/oauth2/token    # else asked of .well-known/smart-configuration
    issuers: [https://ehr.example/cds]      # whose calls may use it; without it every caller that was let in
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from service.settings.urls import base_urls, is_loopback

SMALLEST_RSA = 2048
HOST = re.compile(r"https?://(\[[^\]]+\]|[^:/]+)")

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey


def _safe(value: str) -> str:
    base_urls((value,))
    host = HOST.match(value)
    if value.startswith("http://") and host and not is_loopback(host[1]):
        raise ValueError("must be https: a token would cross the network in the open")
    return value


def _without_slash(value: str) -> str:
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_safe)]


class Account(BaseModel):
    """One account: where, as whom, with which key and for which scopes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    server: Annotated[Url, AfterValidator(_without_slash)]
    client_id: str = Field(min_length=1)
    key_file: Path
    kid: str = Field(min_length=1)
    alg: Literal["ES384", "RS384"]
    scopes: tuple[str, ...] = Field(min_length=1)
    token_endpoint: Url | Literal[""] = ""
    issuers: tuple[str, ...] = ()

    @field_validator("scopes")
    @classmethod
    def _words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(word and word.isascii() and " " not in word for word in value):
            raise ValueError("each scope must be one word")
        return value

    @cached_property
    def key(self) -> PrivateKey:
        """The private key; raises ValueError when it is not one that `alg` signs with."""
        key = _private_key(self.key_file)
        if self.alg == "ES384" and isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP384R1):
            return key
        if self.alg == "RS384" and isinstance(key, RSAPrivateKey) and key.key_size >= SMALLEST_RSA:
            return key
        raise ValueError(f"key_file holds no private key for {self.alg} (P-384, or RSA of {SMALLEST_RSA} bits or more)")


class Accounts(BaseModel):
    """All accounts; at most one for each server."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    servers: tuple[Account, ...] = ()

    @field_validator("servers")
    @classmethod
    def _one_each(cls, value: tuple[Account, ...]) -> tuple[Account, ...]:
        if len({account.server.lower() for account in value}) != len(value):
            raise ValueError("a server is named twice")
        return value


def read(path: Path) -> Accounts:
    """The accounts of a file with their keys loaded; raises ValueError that names the fault and repeats no value."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        accounts = Accounts.model_validate(_relative_to(path.parent, raw))
    except (OSError, UnicodeError) as error:
        raise ValueError("cannot be read") from error
    except yaml.YAMLError as error:
        raise ValueError("is no YAML") from error
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        listed = "; ".join(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}" for fault in faults)
        raise ValueError(listed) from None
    for number, account in enumerate(accounts.servers):
        try:
            _ = account.key
        except ValueError as fault:
            raise ValueError(f"servers.{number} {fault}") from None
    return accounts


def _relative_to(folder: Path, raw: Any) -> Any:
    """Key files beside the file that names them."""
    for item in raw.get("servers", ()) if isinstance(raw, dict) and isinstance(raw.get("servers"), list) else ():
        if isinstance(item, dict) and isinstance(item.get("key_file"), str):
            item["key_file"] = str(folder / item["key_file"])
    return raw


def _private_key(path: Path) -> object:
    """The key of a PEM or JWK file, of whatever kind; raises ValueError."""
    try:
        text = path.read_bytes()
        if not text.lstrip().startswith(b"{"):
            return load_pem_private_key(text, password=None)
        return jwt.PyJWK.from_dict(json.loads(text)).key
    except OSError as error:
        raise ValueError("key_file cannot be read") from error
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ValueError("key_file holds no private key without a password, neither PEM nor JWK") from error
