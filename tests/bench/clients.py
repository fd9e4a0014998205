"""Clients with tokens for the load run: a key of this run, a service that trusts it, and one token for each call."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.bench.servers import PATH

ISSUER, PUBLIC, KID = "https://ehr.example/oauth2", "https://cds.example", "bench"
LIFETIME = 600


def trusted(folder: Path) -> tuple[Mapping[str, str], ec.EllipticCurvePrivateKey]:
    """Settings of a service that asks for tokens of one issuer, whose private key comes with them."""
    key = ec.generate_private_key(ec.SECP384R1())
    public: dict[str, Any] = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    (folder / "keys.json").write_text(json.dumps({"keys": [public | {"kid": KID}]}), encoding="utf-8")
    issuers = {"issuers": [{"iss": ISSUER, "jwks_file": "keys.json"}]}
    (folder / "issuers.json").write_text(json.dumps(issuers), encoding="utf-8")
    return {"SPINE_CDS_ISSUERS": str(folder / "issuers.json"), "SPINE_CDS_PUBLIC_URL": PUBLIC}, key


def tokens(key: ec.EllipticCurvePrivateKey, count: int) -> Iterator[Mapping[str, str]]:
    """So many Authorization headers, each good for one call of the patient view."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": PUBLIC + PATH, "iat": now, "exp": now + LIFETIME}
    for _ in range(count):
        text = jwt.encode(claims | {"jti": str(uuid.uuid4())}, key, algorithm="ES384", headers={"kid": KID})
        yield {"Authorization": f"Bearer {text}"}
