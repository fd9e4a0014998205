"""The whole surface as it is served: gunicorn, its workers, real sockets."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from service.settings import Settings, SettingsInvalid
from tests.contract.fake import patient_view
from tests.contract.refusals import assert_outcome

ROOT = Path(__file__).resolve().parents[2]
VIEW = "/cds-services/spine-patient-view"


def start(**environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn", "tests.contract.gunicorn_app:app"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPINE_CDS_", "PROMETHEUS_"))}
    kept |= {"SPINE_CDS_DATABASE": "none"} | environment
    return subprocess.Popen(command, cwd=ROOT, env=kept, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    limits = {"SPINE_CDS_MAX_BODY_BYTES": "50000", "SPINE_CDS_BODY_TIMEOUT_MS": "1000"}
    process = start(PORT=str(port), HOME=str(home), TMPDIR=str(home), **limits)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                requests.get(f"{url}/healthz", timeout=1)
                break
            except requests.RequestException:  # not there yet, or not awake yet
                time.sleep(0.05)
        yield url, home
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    for told in ("p1", "127.0.0.2", "Jane"):
        assert told not in errors
    assert not list(home.iterdir()), "metrics of the run stayed behind"


def test_C1_a_call_is_answered(served: tuple[str, Path]) -> None:
    response = requests.post(served[0] + VIEW, json=patient_view(), timeout=5)
    assert (response.status_code, len(response.json()["cards"])) == (200, 1)


@pytest.mark.parametrize(("size", "status"), [(10_000, 200), (60_000, 413)])
def test_the_limit_holds_for_a_body_without_a_length(served: tuple[str, Path], size: int, status: int) -> None:
    text = requests.Request("POST", served[0], json=patient_view(x="a" * size)).prepare().body

    def pieces() -> Any:
        assert isinstance(text, bytes)
        yield from (text[at : at + 1000] for at in range(0, len(text), 1000))

    headers = {"Content-Type": "application/json"}
    assert requests.post(served[0] + VIEW, data=pieces(), headers=headers, timeout=5).status_code == status


def raw(url: str, text: bytes, *, to_the_end: bool = False) -> tuple[int, Any, str]:
    """Status, body and head of the answer to these bytes; with `to_the_end` the server has to close."""
    _, _, port = url.rpartition(":")
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as connection:
        connection.sendall(text)
        received = b""
        while to_the_end or b"\r\n\r\n" not in received or not received.endswith(b"}"):
            piece = connection.recv(65_536)
            if not piece:
                break
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body), head.decode()


HTTP = {
    "an address that is too long": (b"GET /Jane" + b"a" * 2100 + b" HTTP/1.1\r\n\r\n", 414, "address-too-long"),
    "a header that is too long": (b"GET / HTTP/1.1\r\nX: Jane" + b"a" * 8200 + b"\r\n\r\n", 431, "headers-too-large"),
    "too many headers": (b"GET / HTTP/1.1\r\n" + b"X: Jane\r\n" * 65 + b"\r\n", 431, "headers-too-large"),
    "not HTTP": (b"Jane Doe\r\n\r\n", 400, "malformed-request"),
    "no such version": (b"GET / HTTP/9.Jane\r\n\r\n", 400, "malformed-request"),
    "a header without a name": (b"GET / HTTP/1.1\r\n: Jane\r\n\r\n", 400, "malformed-request"),
    "a folded header": (b"GET / HTTP/1.1\r\nX: a\r\n Jane\r\n\r\n", 400, "malformed-request"),
    "two lengths": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nJane",
        400,
        "malformed-request",
    ),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        "malformed-request",
    ),
    "a coding of the transfer": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: Jane\r\n\r\n",
        501,
        "transfer-coding-unknown",
    ),
    "an expectation": (b"POST / HTTP/1.1\r\nExpect: Jane\r\n\r\n", 417, "expectation-failed"),
}


@pytest.mark.parametrize(("text", "status", "word"), HTTP.values(), ids=HTTP)
def test_G2_what_is_no_http_is_refused_by_an_outcome_too(
    served: tuple[str, Path], text: bytes, status: int, word: str
) -> None:
    answered, body, head = raw(served[0], text)
    assert answered == status
    assert_outcome(body, word)
    assert "Content-Type: application/fhir+json" in head
    assert "Jane" not in json.dumps(body)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"GET /healthz?" + b"a" * 1900 + b" HTTP/1.1\r\n\r\n", id="address"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 8000 + b"\r\n\r\n", id="header"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 63 + b"\r\n", id="headers"),
    ],
)
def test_what_is_just_below_the_limits_of_http_is_answered(served: tuple[str, Path], text: bytes) -> None:
    assert raw(served[0], text)[0] == 200


def test_a_body_that_stops_coming_is_refused_and_frees_its_thread(served: tuple[str, Path]) -> None:
    head = f"POST {VIEW} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    status, body, _ = raw(served[0], head.encode() + b"{", to_the_end=True)
    assert status == 408
    assert_outcome(body, "body-too-slow")


def test_a_gzipped_body_is_read_through_real_sockets(served: tuple[str, Path]) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for size, status in ((40_000, 200), (60_000, 413)):
        packed = gzip.compress(json.dumps(patient_view(x="a" * size)).encode())
        assert len(packed) < 1_000
        assert requests.post(served[0] + VIEW, data=packed, headers=headers, timeout=5).status_code == status


def test_a_preflight_is_answered_with_nothing(served: tuple[str, Path]) -> None:
    response = requests.options(served[0] + VIEW, headers={"Origin": "https://a.example"}, timeout=5)
    assert (response.status_code, response.content) == (200, b"")


def printed(**environment: str) -> dict[str, str]:
    """Gunicorn's settings in force, as it prints them."""
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn", "--print-config", "x:y"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPINE_CDS_", "PROMETHEUS_"))}
    done = subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False)
    lines = (line.partition("=") for line in done.stdout.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in lines}


@pytest.mark.parametrize(("proxies", "believed"), [("", "[]"), ("10.1.2.3,10.2.0.0/16", "['10.1.2.3', '10.2.0.0/16']")])
def test_only_proxies_that_were_named_are_believed(tmp_path: Path, proxies: str, believed: str) -> None:
    found = printed(
        FORWARDED_ALLOW_IPS="*", SPINE_CDS_PROXIES=proxies, TMPDIR=str(tmp_path), PROMETHEUS_MULTIPROC_DIR=str(tmp_path)
    )
    assert found["forwarded_allow_ips"] == believed
    assert found["forwarder_headers"] == "[]"
    assert (found["proxy_protocol"], found["header_map"]) == ("off", "drop")
    assert found["threads"] == str(4 + 16 + 2)


@pytest.mark.parametrize("proxies", ["*", "0.0.0.0/0", "::/0", "proxy.example", "10.0.0.0/40"])
def test_a_proxy_is_an_address_and_never_everybody(proxies: str) -> None:
    with pytest.raises(SettingsInvalid, match="SPINE_CDS_PROXIES"):
        Settings.load(proxies=proxies)


def test_metrics_meet_across_workers(served: tuple[str, Path]) -> None:
    name = 'spine_cds_requests_total{hook="",outcome="unknown-service",service=""}'
    for _ in range(10):
        requests.post(served[0] + "/cds-services/nobody", json={}, timeout=5)
    text = requests.get(served[0] + "/metrics", timeout=5).text
    assert re.findall(re.escape(name) + r" (\S+)", text) == ["10.0"]


def test_no_control_socket_is_opened(served: tuple[str, Path]) -> None:
    assert not list(served[1].rglob("*.ctl"))
    assert not [path for path in served[1].rglob("*") if path.is_socket()]


def test_unusable_settings_end_the_start_with_their_names() -> None:
    process = start(SPINE_CDS_PORT="x", SPINE_CDS_ZONE="nowhere")
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "SPINE_CDS_PORT" in errors
    assert "SPINE_CDS_ZONE" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SPINE_CDS_HOST": "0.0.0.0"}, "nothing says who may call"),
        ({"SPINE_CDS_ISSUERS": "/nowhere/issuers.yaml"}, "the file of issuers"),
    ],
)
def test_H1_it_does_not_start_open_to_others_or_unable_to_check_them(environment: dict[str, str], words: str) -> None:
    process = start(**environment)
    _, errors = process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    assert words in errors
    assert "Traceback" not in errors
