"""When a read that failed in passing may be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

WORTH_RETRYING = frozenset({429, 502, 503, 504})
PAUSE_SECONDS = 0.05
NOT_NOW = float("inf")


def pause(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds a server asks us to wait (Retry-After: seconds or a date, RFC 9110 10.2.3); a short while unasked."""
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return PAUSE_SECONDS
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    try:
        when = parsedate_to_datetime(asked)
    except ValueError:
        return NOT_NOW
    # A date without a zone is GMT: HTTP knows no other.
    return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds())
