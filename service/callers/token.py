"""One token as it came, read strictly and believed in nothing yet."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jiter import from_json

from service.callers.keys import ALGORITHMS
from service.callers.refusal import NO_TOKEN, Refused

# gunicorn refuses header lines over 8190 bytes before we see them.
LONGEST = 8_000
LONGEST_NAME = 255
SCHEME = re.compile(r"bearer +", re.IGNORECASE)
COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
# Each changes what the signature covers or what the payload is (RFC 7515 4.1.11, RFC 7797, RFC 7516, nested tokens).
MEANING_CHANGERS = ("crit", "b64", "enc", "zip", "cty")


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose form is right. Keys embedded in its header (jwk, x5c, x5u) are not even read."""

    text: str
    algorithm: str
    key_id: str
    key_url: str
    claims: Mapping[str, Any]


def read(authorization: str) -> Token:
    """The token of an Authorization header; raises Refused."""
    if not authorization or not SCHEME.match(authorization):
        raise Refused("no-token", NO_TOKEN, token_sent=False)
    if len(authorization) > LONGEST:
        raise Refused("token-size")
    text = SCHEME.sub("", authorization, count=1)
    parts = COMPACT.fullmatch(text)
    if not parts:
        raise Refused("token-form")
    header, claims = (_object(part) for part in parts.groups()[:2])
    _check_kind(header)
    return Token(text, _algorithm(header), _key_id(header), _key_url(header), claims)


def is_name(value: Any) -> bool:
    """Whether a value is a short text that is safe to compare, to keep and to print."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _object(part: str) -> dict[str, Any]:
    """One part as a JSON object without repeated keys, which another reader might resolve in another way."""
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except (binascii.Error, ValueError):
        raise Refused("token-form") from None
    if not isinstance(value, dict) or base64.urlsafe_b64encode(text).rstrip(b"=") != part.encode():
        raise Refused("token-form")
    return value


def _check_kind(header: Mapping[str, Any]) -> None:
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise Refused("token-type")
    if any(name in header for name in MEANING_CHANGERS):
        raise Refused("token-header")


def _algorithm(header: Mapping[str, Any]) -> str:
    name = header.get("alg")
    if not isinstance(name, str) or name not in ALGORITHMS:
        raise Refused("algorithm")
    return name


def _key_id(header: Mapping[str, Any]) -> str:
    """The kid; it is only ever compared with the ids of known keys, never part of a path or a query."""
    if not is_name(header.get("kid")):
        raise Refused("key-id")
    return str(header["kid"])


def _key_url(header: Mapping[str, Any]) -> str:
    url = header.get("jku", "")
    if not isinstance(url, str) or ("jku" in header and not url):
        raise Refused("key-url")
    return url
