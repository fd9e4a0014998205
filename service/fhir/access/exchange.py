"""One JSON value from one FHIR server: at most one retry, a few redirects that stay there, and nothing but whole JSON.

The retry is ours and not urllib3's, because its wait must never pass the request's deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as TimedOut

from service.errors import NotJson
from service.fhir.access.credentials import Credential
from service.fhir.access.line import OUT_OF_TIME, Line, Unreadable
from service.fhir.access.retry import NOT_NOW, WORTH_RETRYING, pause
from service.fhir.access.servers import link
from service.hooks import json_text
from service.settings import Settings

REDIRECT_LIMIT = 3
CHUNK = 65_536
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ASKS = {"Accept": "application/fhir+json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for everything and for one read; bytes (unpacked) and depth of JSON; pages and resources of one key."""

    budget: float
    timeout: float
    max_bytes: int
    max_depth: int
    pages: int = 1_000
    resources: int = 20_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits an operator set."""
        return cls(
            settings.fetch_budget_ms / 1000,
            settings.fetch_timeout_ms / 1000,
            settings.max_body_bytes,
            settings.max_depth,
            settings.fetch_pages,
            settings.fetch_resources,
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """Reads from the server at `base` (ending in a slash) through a pool of checked connections."""

    pool: PoolManager
    base: str
    credential: Credential
    limits: Limits
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def json(self, url: str, line: Line, most: int) -> tuple[Any, int]:
        """The JSON value at a URL of the server and its size in bytes, at most `most`; raises Unreadable."""
        for _ in range(REDIRECT_LIMIT):
            response = self._answer(url, line)
            try:
                if response.status not in REDIRECTS:
                    return self._value(response, line, most)
                url = link(self.base, url, response.headers.get("location", ""), below=False)
            finally:
                response.close()
            if not url:
                raise Unreadable("the FHIR server pointed to another server, which is not followed")
        raise Unreadable("the FHIR server redirects in circles")

    def _answer(self, url: str, line: Line) -> BaseHTTPResponse:
        """An answer, after at most one retry that the deadline leaves time for."""
        response: BaseHTTPResponse | None = None
        for last in (False, True):
            token = self.credential.token(line)
            response = self._get(url, token, line)
            if response is not None and response.status == HTTPStatus.UNAUTHORIZED:
                wait = 0.0 if self.credential.dropped(token) else NOT_NOW
            elif response is not None and response.status not in WORTH_RETRYING:
                return response
            else:
                wait = pause(response.headers if response is not None else {}, self.now())
            if last or wait >= line.left:
                break
            if response is not None:
                response.close()
            line.pause(wait)
        if response is None:
            raise Unreadable("the FHIR server could not be reached")
        return response

    def _get(self, url: str, token: str, line: Line) -> BaseHTTPResponse | None:
        """An answer whatever its status; None when there was no connection."""
        headers = ASKS | ({"Authorization": f"Bearer {token}"} if token else {})
        return send(self.pool, "GET", url, headers, line, self.limits.timeout)

    def _value(self, response: BaseHTTPResponse, line: Line, most: int) -> tuple[Any, int]:
        if response.status in REFUSED:
            raise Unreadable(f"{self.credential.refusal} ({response.status})")
        return value(response, line, most, self.limits.max_depth)


def send(
    pool: PoolManager,
    method: str,
    url: str,
    headers: Mapping[str, str],
    line: Line,
    timeout: float,
    body: str | None = None,
) -> BaseHTTPResponse | None:
    """One request without redirect or retry; None when there was no connection, raises Unreadable."""
    seconds = line.seconds(timeout)
    try:
        return pool.urlopen(
            method,
            url,
            body=body,
            headers=headers,
            timeout=Timeout(connect=seconds, read=seconds),
            retries=False,
            redirect=False,
            preload_content=False,
        )
    except NewConnectionError:  # before its parent, which is a timeout for old times' sake
        return None
    except TimedOut:
        raise Unreadable(OUT_OF_TIME if line.left <= 0 else "the FHIR server did not answer in time") from None
    except SSLError:
        raise Unreadable("the FHIR server's certificate could not be verified") from None
    except HTTPError:
        return None
    except ValueError:
        raise Unreadable("the FHIR server could not be asked") from None


def value(response: BaseHTTPResponse, line: Line, most: int, depth: int) -> tuple[Any, int]:
    """The JSON of a 200 and its size; raises Unreadable for every other answer."""
    if response.status != HTTPStatus.OK:
        raise Unreadable(f"the FHIR server answered {response.status}")
    return parsed(response, line, most, depth)


def parsed(response: BaseHTTPResponse, line: Line, most: int, depth: int) -> tuple[Any, int]:
    """The JSON of an answer whatever its status, and its size; raises Unreadable."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Unreadable("the FHIR server answered with something that is not JSON")
    text = _body(response, line, most)
    try:
        return json_text.read(text, depth), len(text)
    except NotJson:
        raise Unreadable("the FHIR server answered with JSON that cannot be read") from None


def _body(response: BaseHTTPResponse, line: Line, most: int) -> bytes:
    """All of it, unpacked piece by piece, so that a small answer cannot unpack into a large one."""
    received = bytearray()
    try:
        while chunk := response.read1(CHUNK, decode_content=True):
            received += chunk
            if len(received) > most:
                raise Unreadable("the FHIR server answered with more than the size limit")
            if line.left <= 0:
                raise Unreadable(OUT_OF_TIME)
    except (OSError, HTTPError):
        raise Unreadable(OUT_OF_TIME if line.left <= 0 else "the FHIR server broke off its answer") from None
    return bytes(received)
