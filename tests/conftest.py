"""What all tests share: the content, one engine for the session, and where the shared data lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.evaluate import Evaluator
from service.rules.engine_process import EngineProcess
from service.rules.load import Content
from tests.support.content import everything

pytest_plugins = ["tests.support.databases", "tests.support.cores"]
ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SPINE_CDS_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def content() -> Content:
    """All content of the repository."""
    return everything()


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineProcess]:
    """The real engine in its own process."""
    process = EngineProcess(timeout=20)
    yield process
    process.stop()


@pytest.fixture(scope="session")
def evaluator(content: Content, engine: EngineProcess) -> Evaluator:
    """The whole pipeline in UTC."""
    return Evaluator(content, engine, ZoneInfo("UTC"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published data; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("skipped: no shared data")
    return SHARED


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` records answers anew; a person reads the difference before it is committed."""
    parser.addoption("--update-golden", action="store_true", help="record golden answers anew")
