"""What an operator says about callers, and what he is told when it cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.callers import issuers
from service.callers.key_sources import Times
from service.callers.trust import Trust, check_files
from service.settings import Settings, SettingsInvalid
from tests.contract.tokens import jwk, jwks

MTLS: dict[str, Any] = {
    "mtls_proxies": "10.0.0.1",
    "mtls_subject_header": "X-SSL-Client-S-DN",
    "mtls_subjects": "CN=a,O=b; CN=c",
}
PUBLIC = "https://cds.example"


@pytest.mark.parametrize(
    ("given", "starts"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"issuers": "i.yaml"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "192.0.2.1"}, False),
        ({"host": "cds.example"}, False),
        ({"host": "0.0.0.0", "public_url": PUBLIC}, False),
        ({"host": "0.0.0.0", "issuers": ""}, False),
        ({"host": "0.0.0.0", "issuers": "i.yaml"}, False),
        ({"host": "0.0.0.0", "issuers": "i.yaml", "public_url": PUBLIC}, True),
        ({"host": "0.0.0.0", **MTLS}, True),
        ({"host": "0.0.0.0", **MTLS, "mtls_proxies": ""}, False),
        ({"host": "0.0.0.0", **MTLS, "issuers": "i.yaml"}, False),
    ],
)
def test_H1_it_is_open_to_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], starts: bool
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SPINE_CDS_{name.upper()}", value)
    if starts:
        assert Settings.load().callers_checked is bool({"issuers", "mtls_proxies"} & given.keys())
        return
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load()
    assert "SPINE_CDS_ISSUERS" in str(caught.value) or "SPINE_CDS_MTLS_PROXIES" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mtls_proxies": "10.0.0.1"}, "belong together"),
        ({"mtls_subject_header": "X-S"}, "belong together"),
        ({"mtls_subjects": "CN=a"}, "belong together"),
        ({"mtls_verify_header": "X-V"}, "belong together"),
        (MTLS | {"mtls_subjects": " ; "}, "belong together"),
        (MTLS | {"mtls_proxies": "proxy.example"}, "SPINE_CDS_MTLS_PROXIES"),
        (MTLS | {"mtls_proxies": "10.0.0.1/8"}, "SPINE_CDS_MTLS_PROXIES"),
        (MTLS | {"mtls_proxies": "10.0.0.1, 0.0.0.0/0"}, "every caller"),
        (MTLS | {"mtls_proxies": "::/0"}, "every caller"),
        (MTLS | {"mtls_subject_header": "X_SSL_Client"}, "SPINE_CDS_MTLS_SUBJECT_HEADER"),
        (MTLS | {"mtls_subject_header": "Authorization"}, "SPINE_CDS_MTLS_SUBJECT_HEADER"),
        (MTLS | {"mtls_verify_header": "X Y"}, "SPINE_CDS_MTLS_VERIFY_HEADER"),
    ],
)
def test_H1_half_a_proxy_is_a_fault(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsInvalid, match=words):
        Settings.load(**given)


@pytest.mark.parametrize("told", ["CN=a,O=b; CN=c", '["CN=a,O=b", "CN=c"]', "CN=a,O=b;CN=c;"])
def test_H1_names_of_certificates_are_not_split_at_commas(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    for name, value in (MTLS | {"mtls_subjects": told}).items():
        monkeypatch.setenv(f"SPINE_CDS_{name.upper()}", value)
    assert Settings.load().mtls_subjects == ("CN=a,O=b", "CN=c")


GOOD = {"iss": "https://a.example", "jwks_url": "https://a.example/keys"}
FAULTS: dict[str, tuple[Any, str]] = {
    "nothing": (None, "file"),
    "a list": ([GOOD], "file"),
    "no issuers": ({"issuers": []}, "issuers: "),
    "another member": ({"issuers": [GOOD], "issuer": []}, "issuer: "),
    "no name": ({"issuers": [{"jwks_url": "https://a.example/keys"}]}, "issuers 1 iss: "),
    "an empty name": ({"issuers": [GOOD | {"iss": ""}]}, "issuers 1 iss: "),
    "a name that is a number": ({"issuers": [GOOD | {"iss": 1}]}, "issuers 1 iss: "),
    "a misspelt member": ({"issuers": [GOOD | {"tenant": ["a"]}]}, "issuers 1 tenant: "),
    "no place of keys": ({"issuers": [{"iss": "https://a.example"}]}, "issuers 1: "),
    "two places of keys": ({"issuers": [GOOD | {"jwks_file": "keys.json"}]}, "issuers 1: "),
    "keys over http": ({"issuers": [GOOD | {"jwks_url": "http://a.example/keys"}]}, "issuers 1 jwks_url: "),
    "keys over another scheme": ({"issuers": [GOOD | {"jwks_url": "file:///keys"}]}, "issuers 1 jwks_url: "),
    "a URL with a user": ({"issuers": [GOOD | {"jwks_url": "https://u@a.example/keys"}]}, "issuers 1 jwks_url: "),
    "a URL with a query": ({"issuers": [GOOD | {"jwks_url": "https://a.example/keys?x"}]}, "issuers 1 jwks_url: "),
    "a jku over http": ({"issuers": [GOOD, GOOD | {"iss": "b", "jku": ["http://a.example/k"]}]}, "issuers 2 jku 1: "),
    "no algorithm": ({"issuers": [GOOD | {"algorithms": []}]}, "issuers 1 algorithms: "),
    "algorithm none": ({"issuers": [GOOD | {"algorithms": ["none"]}]}, "issuers 1 algorithms: "),
    "a symmetric algorithm": ({"issuers": [GOOD | {"algorithms": ["ES384", "HS256"]}]}, "issuers 1 algorithms: "),
    "one issuer twice": ({"issuers": [GOOD, GOOD]}, "an iss is listed twice"),
}


@pytest.mark.parametrize(("document", "words"), FAULTS.values(), ids=FAULTS)
def test_H7_a_file_of_issuers_that_cannot_be_used_is_named(tmp_path: Path, document: Any, words: str) -> None:
    path = tmp_path / "issuers.json"
    path.write_text(json.dumps(document))
    with pytest.raises(SettingsInvalid) as caught:
        issuers.read(path)
    assert words in str(caught.value)
    assert "SPINE_CDS_ISSUERS" in str(caught.value)
    assert "a.example" not in str(caught.value)


@pytest.mark.parametrize("text", [b"issuers: [", b"\xff\xfe\x00", b"!!python/object/apply:os.getcwd []"])
def test_H7_a_file_that_is_no_yaml_is_a_fault(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "issuers.yaml"
    path.write_bytes(text)
    with pytest.raises(SettingsInvalid, match="cannot be read as YAML or JSON"):
        issuers.read(path)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (None, "FileNotFoundError"),
        (b"x", "not JSON"),
        (b"{}", "no list of keys"),
        (json.dumps(jwks(jwk("p384", None))).encode(), "no usable key"),
    ],
)
def test_H7_a_file_of_keys_that_cannot_be_used_stops_the_start(tmp_path: Path, keys: bytes | None, words: str) -> None:
    path = tmp_path / "issuers.yaml"
    path.write_text(json.dumps({"issuers": [GOOD, {"iss": "b", "jwks_file": "keys.json"}]}))
    if keys is not None:
        (tmp_path / "keys.json").write_bytes(keys)
    with pytest.raises(SettingsInvalid, match=f"issuer 2 .*{words}"):
        check_files(Settings(issuers=path))


def test_H7_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="FileNotFoundError"):
        Trust(tmp_path / "none.yaml", Times(1, 1, 1, 1))
    check_files(Settings())


def test_H7_yaml_and_defaults(tmp_path: Path) -> None:
    path = tmp_path / "issuers.yaml"
    path.write_text("issuers:\n  - iss: https://a.example\n    jwks_file: keys.json\n    tenants: [north]\n")
    (found,) = issuers.read(path).values()
    assert (found.algorithms, found.tenants, found.audiences) == (("ES384", "RS384"), ("north",), ())
    assert found.jwks_file == tmp_path / "keys.json"
