"""Files of own accounts, their keys, and a token endpoint that checks what it is sent as a real one does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.certificates import PrivateKey, pem

P384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
KEYS: Mapping[str, PrivateKey] = {"ES384": P384, "RS384": RSA}
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KID = "key-1"
CLIENT = "spine-cds"


def account_file(folder: Path, at: str, alg: str = "ES384", *, jwk: bool = False, **changes: Any) -> Path:
    """A file of one account with its key beside it; a change to `...` removes the field."""
    key = KEYS.get(alg, P384)
    text = jwt.get_algorithm_by_name(alg).to_jwk(key).encode() if jwk else pem(key)
    (folder / "key").write_bytes(text)
    fields = {
        "server": at,
        "client_id": CLIENT,
        "key_file": "key",
        "kid": KID,
        "alg": alg,
        "scopes": ["system/Patient.r", "system/*.s"],
        "token_endpoint": at.removesuffix("/fhir") + "/token",
    }
    made = {name: value for name, value in (fields | changes).items() if value is not ...}
    path = folder / "accounts.yaml"
    path.write_text(yaml.safe_dump({"servers": [made]}))
    return path


def checked(form: Mapping[str, str], endpoint: str, alg: str = "ES384") -> dict[str, Any]:
    """The claims of a token request's assertion; raises when the request is not what the profile asks for."""
    assert form["grant_type"] == "client_credentials"
    assert form["client_assertion_type"] == JWT_BEARER
    header = jwt.get_unverified_header(form["client_assertion"])
    assert header == {"alg": alg, "kid": KID, "typ": "JWT"}
    claims: dict[str, Any] = jwt.decode(
        form["client_assertion"],
        KEYS[alg].public_key(),
        algorithms=[alg],
        audience=endpoint,
        issuer=CLIENT,
        options={"require": ["iss", "sub", "aud", "exp", "jti"]},
    )
    assert claims["sub"] == CLIENT
    assert claims["exp"] - claims["iat"] <= 300
    return claims
