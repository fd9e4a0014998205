"""Servers to measure: gunicorn as the project configures it, on a free loopback port."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = "/cds-services/spine-patient-view"
FLOOR, OURS = "tests.bench.floor:app", "service.wsgi:app"


@contextmanager
def served(
    application: str, workers: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Port and process of one gunicorn; `settings` are further environment variables."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = tempfile.mkdtemp(prefix="spine-cds-bench-")
    own = {"SPINE_CDS_TODAY": "2026-11-22", "SPINE_CDS_PORT": str(port), "SPINE_CDS_WORKERS": str(workers)}
    # Audit is written as in earnest, and thrown away.
    own |= {"SPINE_CDS_DATABASE": f"sqlite:///{kept}/bench.sqlite", **(settings or {})}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn", application]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | own, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            if _ready(port):
                break
            time.sleep(0.05)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(kept)


def _ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
