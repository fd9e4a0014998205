"""What one read hangs on: its deadline, and the connection that is cut when the deadline passes.

A socket's timeout starts anew with every byte, so a server that trickles would hold a thread for as long as it likes.
Whoever waits for the read cuts its line instead. A connection that has gone over to another read is left alone.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Protocol

_changing_hands = threading.Lock()


class Unreadable(Exception):
    """One read that failed; its text is a plain sentence part without URL, id or token."""


OUT_OF_TIME = "the time for fetching ran out"


class Held(Protocol):
    """A connection that remembers whose it is."""

    line: Line | None
    sock: socket.socket | None


class Line:
    """One read's hold on time and on its connection; `deadline` in seconds of time.monotonic."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._connection: Held | None = None
        self._cut = threading.Event()

    @property
    def left(self) -> float:
        """Seconds left, none once cut."""
        return 0.0 if self._cut.is_set() else self.deadline - time.monotonic()

    def seconds(self, most: float) -> float:
        """Seconds that the next step may take; raises Unreadable when there are none."""
        seconds = min(most, self.left)
        if seconds <= 0:
            raise Unreadable(OUT_OF_TIME)
        return seconds

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond a cut."""
        self._cut.wait(seconds)

    def take(self, connection: Held) -> None:
        """Make a connection this read's own; raises Unreadable after a cut."""
        with _changing_hands:
            if self._cut.is_set():
                raise Unreadable(OUT_OF_TIME)
            self._connection, connection.line = connection, self

    def cut(self) -> None:
        """End this read from another thread: whatever waits on its connection fails at once."""
        with _changing_hands:
            self._cut.set()
            held = self._connection
            if held and held.line is self and held.sock:
                with suppress(OSError):
                    socket.socket.shutdown(held.sock, socket.SHUT_RDWR)


_current: ContextVar[Line | None] = ContextVar("line", default=None)


@contextmanager
def on(line: Line) -> Iterator[None]:
    """Whatever connects inside belongs to this line."""
    before = _current.set(line)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> Line | None:
    """The line of the read that runs here, None outside one."""
    return _current.get()
