"""Callers as gunicorn hands them on: what it does to headers decides whom we believe."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.contract.ehr import serving
from tests.contract.fake import patient_view
from tests.contract.test_gunicorn import start
from tests.contract.tokens import FILE, VIEW, issuers, token

NAME = "CN=ehr"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    with serving() as keys:
        process = start(
            PORT=str(number),
            SPINE_CDS_ISSUERS=str(issuers(tmp_path_factory.mktemp("issuers"), keys.base)),
            SPINE_CDS_MTLS_PROXIES="127.0.0.1",
            SPINE_CDS_MTLS_SUBJECT_HEADER="X-SSL-Client-S-DN",
            SPINE_CDS_MTLS_SUBJECTS=NAME,
        )
        try:
            for _ in range(200):
                try:
                    status(number, [])
                    break
                except OSError:
                    time.sleep(0.05)
            yield number
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=30)
        assert "Traceback" not in errors


def status(port: int, headers: list[tuple[str, str]]) -> int:
    """The status of a hook call with these header lines, repeated ones and all."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = json.dumps(patient_view()).encode()
    connection.putrequest("POST", VIEW)
    for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]:
        connection.putheader(name, value)
    try:
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()


def bearer(port: int) -> tuple[str, str]:
    return "Authorization", "Bearer " + token(FILE, aud=f"http://127.0.0.1:{port}{VIEW}")


def test_H2_a_token_is_asked_for_and_accepted(port: int) -> None:
    assert status(port, []) == 401
    assert status(port, [bearer(port)]) == 200


def test_H2_two_tokens_are_not_a_choice(port: int) -> None:
    assert status(port, [bearer(port), bearer(port)]) == 401


def test_H1_the_name_of_a_certificate_cannot_be_slipped_in(port: int) -> None:
    """With underscores the header would have the same name inside as the one that the proxy overwrites."""
    assert status(port, [("X-SSL-Client-S-DN", NAME)]) == 200
    assert status(port, [("X_SSL_Client_S_DN", NAME)]) == 401
    assert status(port, [("X-SSL-Client-S-DN", "CN=other"), ("X_SSL_Client_S_DN", NAME)]) == 401
    assert status(port, [("X-SSL-Client-S-DN", NAME), ("X-SSL-Client-S-DN", "CN=other")]) == 401


def test_H2_a_header_larger_than_any_token_is_refused(port: int) -> None:
    assert status(port, [("Authorization", "Bearer " + "a" * 8_100)]) == 401
    assert 400 <= status(port, [("Authorization", "Bearer " + "a" * 20_000)]) < 500
