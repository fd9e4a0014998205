"""A file that is read once, and again when it has changed; never because somebody called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from service import log

LOOK_SECONDS = 1.0

T = TypeVar("T")
Mark = tuple[int, int, int]


class Watched(Generic[T]):
    """What `read` makes of a file. A changed file that cannot be read is reported, and what was read before stays."""

    def __init__(self, path: Path, read: Callable[[Path], T], timer: Callable[[], float] = time.monotonic) -> None:
        """Reads at once; raises what `read` raises, and OSError."""
        self._path, self._read, self._timer = path, read, timer
        self._lock = threading.Lock()
        self._mark: Mark | None = _mark(path)  # taken before reading: a change in between is seen next time
        self._value = read(path)
        self._looked = timer()

    @property
    def value(self) -> T:
        """What the file says, or said when it last could be read."""
        if self._timer() - self._looked >= LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._value

    def _look(self) -> None:
        self._looked = self._timer()
        try:
            mark: Mark | None = _mark(self._path)
        except OSError:
            mark = None
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._value = self._read(self._path)
        except (OSError, ValueError) as error:
            log.failure("callers-file-unreadable", error, file=self._path.name, reason="kept-what-was-read-before")
        else:
            log.event("callers-file-read-again", file=self._path.name)


def _mark(path: Path) -> Mark:
    """What differs when a file was written or replaced."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
