"""Writes evaluations beside the answers: a bounded queue and one thread in each worker process.

The answer has left before its record is written. While the database is away the queue waits for it; what does not fit
is counted and logged, because a full disk must cost records and not answers. What is queued when a process is killed
is lost; one that is stopped writes it first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, Full, Queue

from prometheus_client import Counter

from service import log
from service.errors import StoreUnavailable
from service.store.records import Call

WAITING = 2_000
AT_ONCE = 100
RETRY_SECONDS = 5.0
STOP_SECONDS = 10.0

RECORDS = Counter("spine_cds_store_records", "Records by what became of them", ("kind", "outcome"))
Write = Callable[[Sequence[Call]], None]


class Writer:
    """A queue before `write`, which raises StoreUnavailable when it should be tried again, anything else when not."""

    def __init__(self, write: Write, waiting: int = WAITING, retry_seconds: float = RETRY_SECONDS) -> None:
        self._write = write
        self._retry_seconds = retry_seconds
        self._queue: Queue[Call | None] = Queue(waiting)
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._overflowing = False
        self.failing = False

    def put(self, call: Call) -> None:
        """Take a record; never waits and never raises."""
        try:
            if self._stopping.is_set():
                raise Full
            self._start()
            self._queue.put_nowait(call)
            self._overflowing = False
        except Full as fault:
            RECORDS.labels("evaluation", "dropped").inc()
            if not self._overflowing:
                log.failure("records-dropped", fault, word=StoreUnavailable.word)
            self._overflowing = True

    def settle(self) -> None:
        """Wait until everything taken so far is written or given up."""
        self._queue.join()

    def close(self) -> None:
        """Write what waits, for a bounded time; nothing is taken afterwards."""
        self._stopping.set()
        with suppress(Full):  # when it is full the thread is awake anyway
            self._queue.put_nowait(None)
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._queue.empty()):
            batch, taken = self._next()
            try:
                if batch:
                    self._try(batch)
            finally:
                for _ in range(taken):
                    self._queue.task_done()

    def _next(self) -> tuple[list[Call], int]:
        """Waits for one record and takes what else is there; how many places of the queue that were."""
        taken = [self._queue.get()]
        with suppress(Empty):
            while len(taken) < AT_ONCE:
                taken.append(self._queue.get_nowait())
        return [call for call in taken if call is not None], len(taken)

    def _try(self, batch: Sequence[Call]) -> None:
        """Until it is written; given up when the process stops, and one by one when one of them is the trouble."""
        while True:
            try:
                self._write(batch)
            except StoreUnavailable as fault:
                self._away(fault)
                if self._stopping.wait(self._retry_seconds):
                    RECORDS.labels("evaluation", "dropped").inc(len(batch))
                    return
            except Exception as fault:
                if len(batch) > 1:
                    for call in batch:
                        self._try([call])
                    return
                RECORDS.labels("evaluation", "refused").inc()
                log.failure("record-refused", fault)
                return
            else:
                RECORDS.labels("evaluation", "written").inc(len(batch))
                self.failing = False
                return

    def _away(self, fault: StoreUnavailable) -> None:
        RECORDS.labels("evaluation", "tried-again").inc()
        if not self.failing:
            log.failure("store-failing", fault, word=fault.word)
        self.failing = True
