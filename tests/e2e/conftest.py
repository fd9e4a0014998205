"""A real gunicorn on a loopback port, started by the project's own command and stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fhir_samples.demo import served


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Base URL of `spine-cds serve` with one worker, its day fixed to that of the samples."""
    with served("2026-11-22") as url:
        yield url
