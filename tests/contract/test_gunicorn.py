"""The whole surface as it is served: gunicorn, its workers, real sockets."""

from __future__ import annotations

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

from tests.contract.fake import patient_view

ROOT = Path(__file__).resolve().parents[2]
VIEW = "/cds-services/spine-patient-view"


def start(**environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn", "tests.contract.gunicorn_app:app"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPINE_CDS_", "PROMETHEUS_"))}
    return subprocess.Popen(command, cwd=ROOT, env=kept | environment, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    process = start(PORT=str(port), SPINE_CDS_MAX_BODY_BYTES="50000", HOME=str(home), TMPDIR=str(home))
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                requests.get(f"{url}/healthz", timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield url, home
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert "p1" not in errors
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
