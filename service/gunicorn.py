"""Gunicorn's settings: `gunicorn -c python:service.gunicorn service.wsgi:app`.

Metrics of all workers meet in one directory, which must be named before prometheus_client is first imported.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from service.api.admission import threads as threads_for
from service.callers.trust import check_files
from service.settings import Settings, SettingsInvalid

try:
    _settings = Settings.load()
    check_files(_settings)
except SettingsInvalid as fault:
    sys.exit(str(fault))

_own_directory = ""
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _own_directory = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="spine-cds-metrics-")
os.makedirs(os.environ["PROMETHEUS_MULTIPROC_DIR"], exist_ok=True)

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "service.api.server.Worker"
# A thread for each call at work and each that waits, and some to say that there is no place or that the worker lives.
threads = threads_for(_settings)
# A worker whose main loop stands still for this long is replaced; a call that takes long does not stop it.
timeout = 30
# What is in hand when the worker is told to stop may finish: all budgets of a call together, and some air.
graceful_timeout = 20
# Longer than proxies keep their idle connections (60 s with most), so that none is closed on a request under way.
keepalive = 75
# No leak is known that a restart would mend, and each costs the seconds in which rules are compiled.
max_requests = 0
# Our longest address is a rule's; a header may hold a token of several kilobytes.
limit_request_line = 2048
limit_request_fields = 64
limit_request_field_size = 8190
# Only a proxy that was named may say that the client came by https; nobody may set paths or users by headers.
forwarded_allow_ips = ",".join(_settings.proxies)
forwarder_headers = ""
# A header named with underscores would reach the application as the one with dashes, which a proxy vouches for.
header_map = "drop"
preload_app = False
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = _settings.log_level
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def on_starting(server: Any) -> None:
    """Bring the database up to date before any worker starts, so that what is wrong with it is said once."""
    from service.errors import StoreUnavailable
    from service.store.kept import open_store

    try:
        store = open_store(_settings)
        if store is not None:
            store.prune()
            store.close()
    except StoreUnavailable as fault:
        on_exit(server)
        sys.exit(str(fault))


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that ended; its counts stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the metrics of this run."""
    if _own_directory:
        shutil.rmtree(_own_directory, ignore_errors=True)
