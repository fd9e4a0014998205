"""Gunicorn's settings: `gunicorn -c python:service.gunicorn service.wsgi:app`.

Metrics of all workers meet in one directory, which must be named before prometheus_client is first imported.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from service.settings import Settings, SettingsInvalid

try:
    _settings = Settings.load()
except SettingsInvalid as fault:
    sys.exit(str(fault))

_own_directory = ""
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _own_directory = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="spine-cds-metrics-")
os.makedirs(os.environ["PROMETHEUS_MULTIPROC_DIR"], exist_ok=True)

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "gthread"
threads = _settings.threads
# A worker that answers nothing for this long is replaced; no request may take longer than its own budgets together.
timeout = 30
graceful_timeout = 20
keepalive = 5
preload_app = False
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = _settings.log_level
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that ended; its counts stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the metrics of this run."""
    if _own_directory:
        shutil.rmtree(_own_directory, ignore_errors=True)
