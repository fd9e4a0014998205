"""One JSON line per event; a key that is not on the list never reaches the log, nor does anything but a scalar."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp", "service", "hook", "status", "word", "ms", "cards", "resources", "error"}
    | {"request_id"}
    # Why a caller was turned away; and which of the operator's own key servers or files cannot be read.
    | {"reason", "host", "file"}
)
LONGEST = 200


def allow_listed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that keeps only allowed keys with short scalar values."""
    return {key: _scalar(value) for key, value in fields.items() if key in ALLOWED}


def _scalar(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, int | float | bool):
        return value
    return value[:LONGEST] if isinstance(value, str) else type(value).__name__


def configure(level: str) -> None:
    """Write events of `level` and above to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),  # whatever it is when the event happens
        cache_logger_on_first_use=False,
    )


def remember(**fields: Any) -> None:
    """Put these fields on every event of this thread's request until `forget`."""
    structlog.contextvars.bind_contextvars(**fields)


def forget() -> None:
    """Drop what was remembered."""
    structlog.contextvars.clear_contextvars()


def event(name: str, **fields: Any) -> None:
    """Log one event; what is not on the allow list is dropped."""
    structlog.get_logger().info(name, **fields)


def failure(name: str, error: BaseException, **fields: Any) -> None:
    """Log a failure by the type of its exception only: its text may hold what must not be logged."""
    structlog.get_logger().error(name, error=type(error).__name__, **fields)
