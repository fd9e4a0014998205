"""How many calls one worker takes in hand: so many at work, so many waiting, and to the rest a plain `busy`.

A call takes a place before its body is read and waits for its turn afterwards, so that a slow sender holds a place but
never a turn. Gunicorn has threads for all places and a few more: there is always one to say `busy` or that it is alive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from service.errors import Busy
from service.settings import Settings

SPARE_THREADS = 2


class Admission:
    """Places and turns of one worker process; `waiting` calls may wait up to `seconds` for one of `at_once` turns."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._places = BoundedSemaphore(at_once + waiting)
        self._turns = BoundedSemaphore(at_once)
        self._seconds = seconds

    @classmethod
    def of(cls, settings: Settings) -> Admission:
        """The admission that an operator set."""
        return cls(settings.threads, settings.queue, settings.wait_ms / 1000)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises Busy at once when all are taken."""
        if not self._places.acquire(blocking=False):
            raise Busy("This worker has all the requests it can take. Nothing was evaluated; ask again in a second.")
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn; raises Busy when none came free in time."""
        if not self._turns.acquire(timeout=self._seconds):
            raise Busy("No thread came free in time. Nothing was evaluated; ask again in a second.")
        try:
            yield
        finally:
            self._turns.release()


def threads(settings: Settings) -> int:
    """How many threads a worker needs so that every place has one and some are left."""
    return settings.threads + settings.queue + SPARE_THREADS
