"""Reading prefetch keys from the client's FHIR server: side by side, within one budget, no exception to the caller."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from time import monotonic

from service.fhir.access.exchange import Exchange
from service.fhir.access.line import OUT_OF_TIME, Line, Unreadable, on
from service.fhir.access.scopes import Cover, not_covered
from service.fhir.access.servers import below, link
from service.fhir.bundles import Page, joined, page
from service.fhir.prefetch import Wanted
from service.fhir.sent import KeyRead, State

# Threads of a worker times keys of a hook, so that one request's slow server does not make another's read wait.
PARALLEL = 64
GRACE_SECONDS = 0.05
IN_PART = "the token's scopes cover only a part of it"


@dataclass(slots=True)
class _Reading:
    """One key under way: its line, and the pages so far, the one that was sent among them."""

    key: str
    want: Wanted
    line: Line
    pages: list[Page] = field(init=False)

    def __post_init__(self) -> None:
        self.pages = [self.want.first] if self.want.first else []

    def outcome(self, problem: str) -> KeyRead:
        return joined(self.key, tuple(self.pages), True, problem)


class Fetcher:
    """Reads from one FHIR server with one credential; made for one request and forgotten with it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._limits = exchange.limits
        self._deadline: float | None = None

    def all(self, wanted: Mapping[str, Wanted]) -> dict[str, KeyRead]:
        """Fetch all keys side by side; one that is not there in time is failed or partial.

        The budget is the request's: it starts with the first call, and later ones have what is left of it.
        """
        if self._deadline is None:
            self._deadline = monotonic() + self._limits.budget
        readings = [_Reading(key, want, Line(self._deadline)) for key, want in wanted.items()]
        futures = [_pool().submit(self._key, reading) for reading in readings]
        wait(futures, timeout=max(0.0, self._deadline - monotonic()) + GRACE_SECONDS)
        return {one.key: _outcome(one, future) for one, future in zip(readings, futures, strict=True)}

    def _key(self, reading: _Reading) -> KeyRead:
        """All pages of one key; what was read before a failure stays, as a part."""
        with on(reading.line):
            try:
                cover = self._cover(reading)
                if cover is Cover.NONE:
                    return KeyRead(
                        reading.key, State.ABSENT, problem=f"it was not sent, and {not_covered(reading.want.url)}"
                    )
                read = reading.outcome(self._pages(reading))
            except Unreadable as fault:
                return reading.outcome(f"a further page was not read: {fault}" if reading.pages else str(fault))
        return _in_part(read) if cover is Cover.PART else read

    def _cover(self, reading: _Reading) -> Cover:
        """How far the token's scopes let this key be read; a page after the first one is for the server to judge."""
        self._exchange.credential.token(reading.line)
        return Cover.WHOLE if reading.want.first else self._exchange.credential.cover(reading.want.url)

    def _pages(self, reading: _Reading) -> str:
        """Read page by page; the reason why a further page is missing, '' when none is."""
        url, problem = self._first_url(reading.want)
        seen: set[str] = set()
        bytes_left = self._limits.max_bytes
        while url and not problem:
            seen.add(url)
            value, size = self._exchange.json(url, reading.line, bytes_left)
            bytes_left -= size
            reading.pages.append(page(reading.key, value))
            url, problem = self._next(url, reading.pages[-1].next_url)
            problem = problem or (self._excess(url, seen, reading.pages) if url else "")
        return problem

    def _first_url(self, want: Wanted) -> tuple[str, str]:
        base = self._exchange.base
        if want.first:
            return self._next(base, want.url)
        url = base + want.url
        return (url, "") if below(base, url) else ("", "its query leads away from the FHIR server")

    def _next(self, current: str, target: str) -> tuple[str, str]:
        if not target:
            return "", ""
        url = link(self._exchange.base, current, target, below=True)
        return url, "" if url else "its next page is not at the FHIR server, and is not followed"

    def _excess(self, url: str, seen: set[str], pages: list[Page]) -> str:
        if url in seen:
            return "the FHIR server's pages lead in circles"
        if len(seen) >= self._limits.pages:
            return f"it has more than {self._limits.pages} pages (setting SPINE_CDS_FETCH_PAGES)"
        if sum(len(one.read.entries) for one in pages) >= self._limits.resources:
            return f"it has more than {self._limits.resources} resources (setting SPINE_CDS_FETCH_RESOURCES)"
        return ""


def _outcome(reading: _Reading, future: Future[KeyRead]) -> KeyRead:
    if not future.done():
        future.cancel()
        reading.line.cut()
        return reading.outcome(OUT_OF_TIME)
    return reading.outcome("fetching it failed") if future.exception() else future.result()


def _in_part(read: KeyRead) -> KeyRead:
    if read.state is State.COMPLETE:
        return replace(read, state=State.PARTIAL, problem="; ".join(filter(None, (read.problem, IN_PART))))
    return replace(read, problem=f"{read.problem}; {IN_PART}")


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARALLEL, thread_name_prefix="fhir")
