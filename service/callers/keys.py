"""Public keys of an issuer (RFC 7517), by key id, each good for the algorithms of its own type and curve only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jiter import from_json

# Algorithm to key type and curve. No symmetric one, and not `none`: what is not here cannot be listed by an operator.
ALGORITHMS: Mapping[str, str] = MappingProxyType(
    {
        "ES384": "EC P-384",
        "RS384": "RSA",
        "ES256": "EC P-256",
        "ES512": "EC P-521",
        "RS256": "RSA",
        "RS512": "RSA",
        "PS256": "RSA",
        "PS384": "RSA",
        "PS512": "RSA",
    }
)
RECOMMENDED = ("ES384", "RS384")
SMALLEST_RSA_BITS = 2048
LARGEST_RSA_BITS = 8192
_ANY_OF_KIND = {kind: name for name, kind in ALGORITHMS.items()}

PublicKey = RSAPublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """One public key; `algorithm` is '' unless the issuer bound the key to one."""

    kind: str
    algorithm: str
    public: PublicKey

    def fits(self, algorithm: str) -> bool:
        """Whether a signature by `algorithm` can be of this key."""
        return ALGORITHMS.get(algorithm) == self.kind and self.algorithm in ("", algorithm)


KeySet = Mapping[str, tuple[Key, ...]]


class KeysUnreadable(ValueError):
    """A key set that cannot be used; the text says why and quotes nothing."""


def key_set(text: bytes) -> KeySet:
    """The usable keys of a JWKS by kid; raises KeysUnreadable when there is none.

    Passed over are keys without kid, symmetric, private (a leak: to be replaced, not used), too small, of unknown
    curves, or meant for something else than signatures.
    """
    try:
        document = from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError:
        raise KeysUnreadable("it is not JSON") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise KeysUnreadable("it has no list of keys")
    found: dict[str, tuple[Key, ...]] = {}
    for entry in entries:
        if (key := _key(entry)) is not None:
            found[entry["kid"]] = (*found.get(entry["kid"], ()), key)
    if not found:
        raise KeysUnreadable(
            f"it has no usable key (RSA of {SMALLEST_RSA_BITS} bits or more, or EC; with kid; public; for signatures)"
        )
    return MappingProxyType(found)


def _key(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
        return None
    uses, bound = entry.get("key_ops", ["verify"]), entry.get("alg", "")
    if entry.get("use", "sig") != "sig" or not isinstance(uses, list) or "verify" not in uses:
        return None
    kind = f"EC {entry.get('crv')}" if entry.get("kty") == "EC" else str(entry.get("kty"))
    if kind not in _ANY_OF_KIND or not isinstance(bound, str) or (bound and ALGORITHMS.get(bound) != kind):
        return None
    public = _public(entry, _ANY_OF_KIND[kind])
    return Key(kind, bound, public) if public is not None else None


def _public(entry: dict[str, Any], algorithm: str) -> PublicKey | None:
    """The key if it can be built, is public, and is long enough."""
    try:
        public = jwt.PyJWK(entry, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(public, RSAPublicKey):
        return public if SMALLEST_RSA_BITS <= public.key_size <= LARGEST_RSA_BITS else None
    return public if isinstance(public, EllipticCurvePublicKey) else None
