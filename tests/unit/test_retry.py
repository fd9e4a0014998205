from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.fhir.access.retry import NOT_NOW, PAUSE_SECONDS, pause

NOW = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("", PAUSE_SECONDS),
        ("0", 0),
        (" 7 ", 7),
        ("3600", 3600),
        ("Sun, 22 Nov 2026 09:00:05 GMT", 5),
        ("Sun, 22 Nov 2026 08:59:00 GMT", 0),
        ("Sun, 22 Nov 2026 09:00:05", 5),
        ("Sunday, 22-Nov-26 09:00:05 GMT", 5),
        ("soon", NOT_NOW),
        ("-1", NOT_NOW),
        ("1.5", NOT_NOW),
        ("²", NOT_NOW),
    ],
)
def test_how_long_a_server_asks_us_to_wait(asked: str, seconds: float) -> None:
    assert pause({"retry-after": asked}, NOW) == seconds


def test_without_a_wish_the_pause_is_short() -> None:
    assert pause({}, NOW) == PAUSE_SECONDS
