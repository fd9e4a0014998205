"""The engine in a child process behind a pipe with a hard timeout.

A crash or a hang of the engine costs one request an explicit EngineFailure, never an empty answer and never the worker;
the child is replaced before the failure is reported, so that the next request finds it ready.
"""

from __future__ import annotations

import marshal
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jiter import from_json

from service.errors import Busy, EngineFailure
from service.rules.program import Program

ROOT = Path(__file__).resolve().parents[2]
CHUNK = 1 << 16
HEAD = 4
# The engine allocates and frees its state with every evaluation. Left alone, the C library gives that memory back
# to the system each time and faults it in again, which took half of the time of an evaluation.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "268435456", "MALLOC_MMAP_THRESHOLD_": "268435456"}


class EngineProcess:
    """Owns one engine child; `run` is safe to call from several threads, one evaluation at a time.

    `timeout` in seconds bounds one exchange, and the wait for one's turn. Programs are sent on first use and again
    after a restart.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._loaded: set[str] = set()
        self._programs: dict[str, Program] = {}
        self._owner = os.getpid()

    @property
    def pid(self) -> int:
        """Process id of the child, 0 when there is none."""
        return self._child.pid if self._child else 0

    def start(self, programs: Sequence[Program]) -> None:
        """Start the child and load programs; raises EngineFailure when it cannot."""
        with self._lock:
            self._programs.update({program.signature: program for program in programs})
            self._replace()

    def run(self, program: Program, facts: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """Evaluate facts (kind, fields) under a program; the result is described at `Inference.run`.

        Raises EngineFailure when the child died, hung or refused, and Busy when it was with others for too long.
        """
        with self._turn():
            self._programs.setdefault(program.signature, program)
            if self._child is None or self._owner != os.getpid():
                self._replace()
            try:
                self._load(program)
                reply = self._exchange({"run": program.signature, "facts": facts})
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                if program.signature not in self._loaded:
                    # A program that cannot be loaded must not keep the next child from starting.
                    self._programs.pop(program.signature)
                self._replace()
                raise EngineFailure(_explain(error)) from error
            if "error" in reply:
                self._replace()
                raise EngineFailure(f"the rule engine refused this record ({reply['error']}); nothing was concluded")
            return reply

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=self._timeout):
            raise Busy("The rule engine is with other requests. Nothing was concluded; ask again in a second.")
        try:
            yield
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _load(self, program: Program) -> None:
        if program.signature in self._loaded:
            return
        reply = self._exchange({"program": program.as_json()})
        if reply.get("loaded") != program.signature:
            raise ValueError("program refused")
        self._loaded.add(program.signature)

    def _replace(self) -> None:
        self._end()
        self._owner = os.getpid()
        # -I -S and an environment of its own: a short start, and no secret goes along; the path is this process's.
        path = [str(ROOT), *(entry for entry in sys.path if entry.endswith("site-packages"))]
        code = f"import sys; sys.path[:0] = {path!r}; from service.rules.engine_child import main; main()"
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=KEEP_MEMORY,
        )
        if self._child.stdin is not None:
            os.set_blocking(self._child.stdin.fileno(), False)
        try:
            for program in self._programs.values():
                self._load(program)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self._end()
            raise EngineFailure("the rule engine could not be started") from error

    def _end(self) -> None:
        child, self._child = self._child, None
        self._loaded.clear()
        if child is None or self._owner != os.getpid():
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()

    def _exchange(self, message: Any) -> dict[str, Any]:
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise EOFError("no engine process")
        deadline = time.monotonic() + self._timeout
        # What goes in is ours and may be fast to read; what comes out may come from broken memory, so it is JSON.
        body = marshal.dumps(message)
        _write(child.stdin.fileno(), len(body).to_bytes(HEAD, "big") + body, deadline)
        reply: dict[str, Any] = from_json(_read_frame(child.stdout.fileno(), deadline))
        return reply


def _write(descriptor: int, body: bytes, deadline: float) -> None:
    view = memoryview(body)
    while view:
        try:
            view = view[os.write(descriptor, view[:CHUNK]) :]
        except BlockingIOError:
            _wait(descriptor, select.POLLOUT, deadline)


def _read_frame(descriptor: int, deadline: float) -> bytes:
    """One frame: nothing follows it before the next request, so what is there may be read in one go."""
    received = bytearray()
    while len(received) < HEAD or len(received) < HEAD + int.from_bytes(received[:HEAD], "big"):
        _wait(descriptor, select.POLLIN, deadline)
        part = os.read(descriptor, CHUNK)
        if not part:
            raise EOFError("engine process ended")
        received += part
    return bytes(received[HEAD:])


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError("engine process does not answer")


def _explain(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the rule engine did not answer in time and was replaced; nothing was concluded, ask again"
    return "the rule engine ended while reasoning and was replaced; nothing was concluded, ask again"
