"""Tests on several cores (pytest-xdist): the tests of a file stay together, and all that look at cases with them."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# They evaluate every case once, and share what they found.
CASES = "tests/content/"


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """A worker takes whole files: one that starts a server starts it once, and tables fill test by test."""

    def _split_scope(self, nodeid: str) -> str:
        return CASES if nodeid.startswith(CASES) else nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """What takes the place of pytest-xdist's own choice; the longest files go first."""
    return ByFile(config, log)
