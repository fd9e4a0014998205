from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from service.settings import Settings, SettingsInvalid
from tests.support.accounts import P384, RSA, account_file
from tests.support.certificates import certificate, pem

SERVER = "https://ehr.example/fhir"
WEAK = rsa.generate_private_key(65537, 1024)
LOCKED = P384.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))
PUBLIC = P384.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ED25519 = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def fault(**given: Any) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load(**given)
    return str(caught.value)


def test_an_account_at_a_listed_server_is_read(tmp_path: Path) -> None:
    path = account_file(tmp_path, SERVER + "/")
    for lists in ({"fhir_servers": (SERVER,)}, {"fhir_private_servers": (SERVER,)}):
        (account,) = Settings.load(fhir_accounts=path, **lists).own_accounts().servers
        assert (account.server, account.token_endpoint) == (SERVER, "https://ehr.example/fhir//token")
        assert account.key.key_size == 384


def test_without_a_file_there_are_no_accounts() -> None:
    assert Settings.load().own_accounts().servers == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"server": "https://other.example/fhir"}, "does not list"),
        ({"server": "http://ehr.example/fhir"}, "https"),
        ({"token_endpoint": "http://ehr.example/token"}, "https"),
        ({"token_endpoint": "ehr.example/token"}, "token_endpoint"),
        ({"alg": "HS384"}, "alg"),
        ({"alg": "none"}, "alg"),
        ({"alg": "RS256"}, "alg"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": ...}, "client_id"),
        ({"kid": ""}, "kid"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["a b"]}, "one word"),
        ({"key_file": "gone"}, "cannot be read"),
        ({"client_secret": "hunter2"}, "client_secret"),
    ],
)
def test_a_fault_in_the_file_is_named_and_its_value_is_not(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    text = fault(fhir_accounts=account_file(tmp_path, SERVER, **changes), fhir_servers=(SERVER,))
    assert "SPINE_CDS_FHIR_ACCOUNTS" in text
    assert words in text
    assert "hunter2" not in text
    assert "other.example" not in text


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        pytest.param("ES384", pem(RSA), id="RSA for ES384"),
        pytest.param("RS384", pem(P384), id="P-384 for RS384"),
        pytest.param("ES384", pem(ec.generate_private_key(ec.SECP256R1())), id="P-256"),
        pytest.param("RS384", pem(WEAK), id="1024 bits"),
        pytest.param("ES384", ED25519, id="Ed25519"),
        pytest.param("ES384", PUBLIC, id="a public key"),
        pytest.param("ES384", LOCKED, id="a key with a password"),
        pytest.param("ES384", b'{"kty": "oct", "k": "c2VjcmV0"}', id="a symmetric JWK"),
        pytest.param("ES384", b'{"kty": "EC"}', id="half a JWK"),
        pytest.param("ES384", b"{", id="no JWK"),
        pytest.param("ES384", b"", id="nothing"),
    ],
)
def test_a_key_that_cannot_sign_stops_the_start(tmp_path: Path, alg: str, key: bytes) -> None:
    path = account_file(tmp_path, SERVER, alg)
    (tmp_path / "key").write_bytes(key)
    assert "key_file holds no private key" in fault(fhir_accounts=path, fhir_servers=(SERVER,))


@pytest.mark.parametrize("text", ["", "servers: 5", "[1]", "servers: [{}]", "a: b: c", "servers: ['x']"])
def test_a_file_that_is_no_list_of_accounts_stops_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text(text)
    assert "SPINE_CDS_FHIR_ACCOUNTS" in fault(fhir_accounts=path)


def test_a_server_named_twice_stops_the_start(tmp_path: Path) -> None:
    path = account_file(tmp_path, SERVER)
    twice = yaml.safe_load(path.read_text())["servers"] * 2
    path.write_text(yaml.safe_dump({"servers": twice}))
    assert "named twice" in fault(fhir_accounts=path, fhir_servers=(SERVER,))


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    for name in ("fhir_accounts", "fhir_ca_file"):
        assert "cannot be read" in fault(**{name: tmp_path / "gone"})


def test_authorities_are_a_file_of_certificates(tmp_path: Path) -> None:
    files = certificate(tmp_path, "ehr.example")
    assert Settings.load(fhir_ca_file=files.certificate).fhir_ca_file == files.certificate
    assert "no PEM file" in fault(fhir_ca_file=files.key)
    (tmp_path / "torn.pem").write_bytes(files.certificate.read_bytes()[:200])
    assert "no PEM file" in fault(fhir_ca_file=tmp_path / "torn.pem")


@pytest.mark.parametrize("url", ["https://ehr.example:0/fhir", "https://ehr.example:70000/fhir"])
def test_a_port_that_is_none_stops_the_start(url: str) -> None:
    assert "SPINE_CDS_FHIR_PRIVATE_SERVERS" in fault(fhir_private_servers=(url,))
