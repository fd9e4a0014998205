"""Keys, tokens right and wrong, and a service that asks for them."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from jwt import get_algorithm_by_name
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.callers.replay import SeenTokens
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply
from tests.contract.fake import FakeService, patient_view

PUBLIC = "https://cds.example/spine"
VIEW = "/cds-services/spine-patient-view"
FILE, URL, JKU, OTHER = (f"https://{name}.example/oauth2" for name in ("file", "url", "jku", "other"))
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@functools.cache
def key(name: str) -> Private:
    """A private key for this session; the first word of its name says what it is: p256, p384, rsa or rsa1024."""
    kind = name.partition(" ")[0]
    if kind == "p384":
        return ec.generate_private_key(ec.SECP384R1())
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, {"rsa": 2048, "rsa1024": 1024}[kind])


def jwk(name: str, kid: str | None, **more: Any) -> dict[str, Any]:
    """The public half of a key as a JWK."""
    public = key(name).public_key()
    found = (
        ECAlgorithm.to_jwk(public, as_dict=True)
        if isinstance(public, ec.EllipticCurvePublicKey)
        else RSAAlgorithm.to_jwk(public, as_dict=True)
    )
    return {**found, **({"kid": kid} if kid else {}), **more}


def jwks(*keys: Mapping[str, Any]) -> dict[str, Any]:
    return {"keys": list(keys)}


def encoded(value: Any) -> str:
    """One part of a token: bytes as they are, else as JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(issuer: str = URL, **changes: Any) -> dict[str, Any]:
    """Right claims for a call of the patient view; a change to `...` removes the claim, one to a function is of now."""
    now = int(time.time())
    found = {
        "iss": issuer,
        "aud": PUBLIC + VIEW,
        "exp": now + 300,
        "iat": now,
        "jti": str(uuid.uuid4()),
    }
    changed = {name: value(now) if callable(value) else value for name, value in (found | changes).items()}
    return {name: value for name, value in changed.items() if value is not ...}


def token(
    issuer: str = URL,
    *,
    signed_by: str = "p384",
    header: Mapping[str, Any] | None = None,
    payload: Any = None,
    **changes: Any,
) -> str:
    """A signed token, right but for what a test changes; `...` removes from header or claims."""
    head: dict[str, Any] = {"alg": "ES384", "typ": "JWT", "kid": "k1"} | dict(header or {})
    head = {name: value for name, value in head.items() if value is not ...}
    body = payload if payload is not None else claims(issuer, **changes)
    return signed(f"{encoded(head)}.{encoded(body)}", str(head.get("alg")), signed_by)


def signed(text: str, algorithm: str, name: str) -> str:
    """Header and payload with a signature; for HS* the one that an attacker makes with the public key."""
    if algorithm.upper().startswith("HS"):
        pem = key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        digest = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}[algorithm[2:5]]
        return f"{text}.{encoded(hmac.new(pem, text.encode(), digest).digest())}"
    known = algorithm if algorithm in ("ES256", "ES384", "RS256", "RS384", "RS512", "PS384") else "ES384"
    private: Any = key(name)
    if isinstance(private, rsa.RSAPrivateKey) and known.startswith("ES"):
        known = "RS384"
    if isinstance(private, ec.EllipticCurvePrivateKey) and not known.startswith("ES"):
        known = "ES384"
    return f"{text}.{encoded(get_algorithm_by_name(known).sign(text.encode(), private))}"


@dataclass
class Site:
    """A service with trusted issuers, and the server their keys are on."""

    client: FlaskClient
    service: FakeService
    server: Ehr
    folder: Path

    @property
    def fetched(self) -> int:
        """How often anything was asked of the key server."""
        return len(self.server.asked)

    def call(self, authorization: str | None, path: str = VIEW, **more: Any) -> TestResponse:
        """A hook call with this Authorization header."""
        headers = {"Authorization": authorization} if authorization is not None else {}
        return self.client.post(path, json=patient_view(), headers=headers | more.pop("headers", {}), **more)

    def bearer(self, *given: Any, **changes: Any) -> TestResponse:
        """A hook call with a token made of these changes."""
        return self.call("Bearer " + token(*given, **changes))


def issuers(folder: Path, base: str) -> Path:
    """A file of four issuers; all but OTHER sign with the key `p384` as k1, and `rsa` as r1."""
    keys = [
        jwk("p384", "k1"),
        jwk("rsa", "r1"),
        jwk("p256", "c1"),
        jwk("rsa1024", "small"),
        jwk("rsa", "b1", alg="RS256"),
    ]
    (folder / "keys.json").write_text(json.dumps(jwks(*keys)))
    (folder / "other.json").write_text(json.dumps(jwks(jwk("p384 other", "k1"))))
    listed = [
        {"iss": FILE, "jwks_file": "keys.json"},
        {"iss": URL, "jwks_url": f"{base}/keys"},
        {"iss": JKU, "jku": [f"{base}/keys", f"{base}/second"]},
        {"iss": OTHER, "jwks_file": "other.json", "tenants": ["north", "south"]},
    ]
    path = folder / "issuers.yaml"
    path.write_text(yaml.safe_dump({"issuers": listed}))
    return path


def site(folder: Path, server: Ehr, seen: SeenTokens | None = None, **settings: Any) -> Site:
    """A service behind PUBLIC whose callers have to be one of four issuers."""
    path = urlpath(server)
    server.replies.setdefault(f"{path}/keys", Reply(jwks(jwk("p384", "k1"), jwk("rsa", "r1"), jwk("p256", "c1"))))
    server.replies.setdefault(f"{path}/second", Reply(jwks(jwk("p384 second", "k1"))))
    given: dict[str, Any] = {"issuers": issuers(folder, server.base), "public_url": PUBLIC} | settings
    service = FakeService()
    return Site(create_app(Settings(**given), service, seen=seen).test_client(), service, server, folder)


def urlpath(server: Ehr) -> str:
    """The path of the server's base URL."""
    return "/" + server.base.split("/", 3)[3]
