"""Callers whose certificate a proxy checked: its headers are believed from its own address and from nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient

from service.api.app import create_app
from service.caller import Caller
from service.settings import Settings
from tests.contract.ehr import Ehr
from tests.contract.fake import FakeService, patient_view
from tests.contract.refusals import assert_refused
from tests.contract.tokens import FILE, PUBLIC, VIEW, issuers, token

NAME = "CN=ehr.example,O=Example Hospital,C=US"
ENVOY = f'By=spiffe://us/cds;Hash=1a2b;Subject="{NAME}";URI=spiffe://example/ehr'
GOOD = {"X-SSL-Client-S-DN": NAME, "X-SSL-Client-Verify": "SUCCESS"}
PROXY = "10.1.2.3"


def client(**more: Any) -> FlaskClient:
    given: dict[str, Any] = {
        "host": "0.0.0.0",
        "mtls_proxies": ("10.1.2.0/29", "fd00::7"),
        "mtls_subject_header": "X-SSL-Client-S-DN",
        "mtls_verify_header": "X-SSL-Client-Verify",
        "mtls_subjects": (NAME, "spiffe://example/ehr"),
    }
    return create_app(Settings(**(given | more)), FakeService()).test_client()


def envoy() -> FlaskClient:
    return client(mtls_subject_header="X-Forwarded-Client-Cert", mtls_verify_header="")


def call(client: FlaskClient, headers: dict[str, str], peer: str = PROXY) -> Any:
    return client.post(VIEW, json=patient_view(), headers=headers, environ_overrides={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("peer", [PROXY, "10.1.2.0", "10.1.2.7", "fd00::7", "::ffff:10.1.2.3"])
def test_H1_a_certificate_that_the_proxy_checked_is_enough(peer: str) -> None:
    with client() as asked:
        assert call(asked, GOOD, peer).status_code == 200
        assert g.caller == Caller("mtls", NAME)


REFUSED: dict[str, tuple[dict[str, str], str, str]] = {
    "from beside the proxies": (GOOD, "10.1.2.8", "peer-not-listed"),
    "from this machine": (GOOD, "127.0.0.1", "peer-not-listed"),
    "from an address that is none": (GOOD, "", "peer-not-listed"),
    "from elsewhere, said to be forwarded for the proxy": (
        GOOD | {"X-Forwarded-For": PROXY, "X-Real-IP": PROXY, "Forwarded": f"for={PROXY}"},
        "192.0.2.1",
        "peer-not-listed",
    ),
    "without a certificate": ({"X-SSL-Client-Verify": "SUCCESS"}, PROXY, "no-certificate"),
    "with an empty name": (GOOD | {"X-SSL-Client-S-DN": ""}, PROXY, "no-certificate"),
    "with a certificate that failed": (
        GOOD | {"X-SSL-Client-Verify": "FAILED:expired"},
        PROXY,
        "certificate-not-verified",
    ),
    "with a certificate that was not asked for": (
        GOOD | {"X-SSL-Client-Verify": "NONE"},
        PROXY,
        "certificate-not-verified",
    ),
    "without a word on the check": ({"X-SSL-Client-S-DN": NAME}, PROXY, "certificate-not-verified"),
    "with another name": (GOOD | {"X-SSL-Client-S-DN": "CN=other"}, PROXY, "certificate-not-listed"),
    "with a name that only begins alike": (
        GOOD | {"X-SSL-Client-S-DN": NAME + ".evil"},
        PROXY,
        "certificate-not-listed",
    ),
    "with two names, one of them its own": (
        GOOD | {"X-SSL-Client-S-DN": f"CN=x,{NAME}"},
        PROXY,
        "certificate-not-listed",
    ),
    "with the name in capitals": (GOOD | {"X-SSL-Client-S-DN": NAME.upper()}, PROXY, "certificate-not-listed"),
    "with Envoy's header, which is not the one agreed": (
        {"X-Forwarded-Client-Cert": ENVOY},
        PROXY,
        "certificate-not-verified",
    ),
}


@pytest.mark.parametrize(("headers", "peer", "reason"), REFUSED.values(), ids=REFUSED)
def test_H1_a_call_is_refused(
    headers: dict[str, str], peer: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = call(client(), headers, peer)
    assert_refused(response, 401, "caller-unknown")
    line = capsys.readouterr().err
    assert json.loads(line)["reason"] == reason
    assert "Hospital" not in line + response.text
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="spine-cds"'


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (ENVOY, NAME),
        (f'Subject="{NAME}"', NAME),
        ("URI=spiffe://example/ehr;Hash=1", "spiffe://example/ehr"),
        ("DNS=x.example;DNS=spiffe://example/ehr", "spiffe://example/ehr"),
        ('uri="spiffe://example/ehr"', "spiffe://example/ehr"),
        ("", ""),
        ("spiffe://example/ehr", ""),
        ("By=spiffe://example/ehr;Hash=1", ""),
        (f'Hash="{NAME}"', ""),
        ('Subject="CN=a\\";URI=spiffe://example/ehr;x=\\""', ""),
        ('Subject="CN=x;URI=spiffe://example/ehr"', ""),
        ("URI=spiffe://example/ehr,URI=spiffe://example/other", ""),
        ("URI=spiffe://example/other,URI=spiffe://example/ehr", ""),
        ("URI=spiffe://example/ehr;" + "Hash=1;" * 1_000, ""),
        ("URI=spiffe://example/ehr;;", ""),
    ],
)
def test_H1_envoys_header_names_one_certificate(told: str, name: str) -> None:
    with envoy() as asked:
        status = call(asked, {"X-Forwarded-Client-Cert": told}).status_code
        assert (status, g.get("caller")) == ((200, Caller("mtls", name)) if name else (401, None))


def test_H1_where_tokens_are_trusted_too_a_token_that_was_sent_decides(tmp_path: Path, ehr: Ehr) -> None:
    """A bad token is not made good by the proxy that passed it on, nor is a good one asked for a certificate."""
    both = client(issuers=issuers(tmp_path, ehr.base), public_url=PUBLIC)
    right = {"Authorization": "Bearer " + token(FILE)}
    assert call(both, right, "192.0.2.1").status_code == 200
    assert call(both, GOOD).status_code == 200
    assert_refused(call(both, GOOD | right), 401, "caller-unknown")
    assert_refused(call(both, GOOD | {"Authorization": "Basic eA=="}), 401, "caller-unknown")
    assert_refused(call(both, GOOD, "192.0.2.1"), 401, "caller-unknown")


def test_H1_a_token_is_no_way_in_where_no_issuer_is_trusted() -> None:
    assert_refused(call(client(), {"Authorization": "Bearer " + token(FILE)}, "192.0.2.1"), 401, "caller-unknown")
    assert call(client(), GOOD | {"Authorization": "Bearer x"}).status_code == 200


def test_H1_discovery_is_asked_and_health_is_not() -> None:
    asked = client()
    assert_refused(asked.get("/cds-services"), 401, "caller-unknown")
    peer = {"REMOTE_ADDR": PROXY}
    assert asked.get("/cds-services", headers=GOOD, environ_overrides=peer).status_code == 200
    assert asked.get("/healthz").status_code == 200
