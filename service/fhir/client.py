"""Reading from the client's own FHIR server: one time budget, one origin, one retry, and no exception to the caller.

The retry is ours and not urllib3's, because its wait must never pass the request's deadline. Cookies are refused: a
session outlives the request, and one patient's must not travel with the next. Sessions belong to a thread.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from service.errors import NotJson
from service.fhir.bundles import joined, page
from service.fhir.prefetch import Wanted
from service.fhir.sent import KeyRead
from service.hooks import json_text
from service.settings import BASE_URL, Settings, is_loopback

NOT_ALLOWED = "the FHIR server of the request is not one that may be read (setting SPINE_CDS_FHIR_SERVERS)"
PAGE_LIMIT = 50
REDIRECT_LIMIT = 3
PARALLEL = 16
CHUNK = 65_536
GRACE_SECONDS = 0.05
RETRY_PAUSE_SECONDS = 0.05
WORTH_RETRYING = frozenset({429, 502, 503, 504})

# urllib3 writes request URLs, and with them patient ids, into its warnings.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class Unreadable(Exception):
    """One read that failed; its text is a plain sentence part without URL, id or token."""


def allowed(server_url: str, settings: Settings) -> bool:
    """Whether the settings let us read this server; with an empty list only loopback, and only while bound to it."""
    if not BASE_URL.fullmatch(server_url):
        return False
    if settings.fhir_servers:
        return _canonical(server_url) in {_canonical(url) for url in settings.fhir_servers}
    return settings.on_loopback and is_loopback(urlsplit(server_url).hostname or "")


def _canonical(url: str) -> tuple[str, str, int, str]:
    return (*_origin(url), urlsplit(url).path.rstrip("/"))


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


class _Bearer(AuthBase):
    """Sets the token last, so that a .netrc of the machine cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for everything and for one read; bytes and depth of one answer."""

    budget: float
    timeout: float
    max_bytes: int
    max_depth: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits an operator set."""
        return cls(
            settings.fetch_budget_ms / 1000,
            settings.fetch_timeout_ms / 1000,
            settings.max_body_bytes,
            settings.max_depth,
        )


class Fetcher:
    """Reads from one FHIR server with one token; made for one request and forgotten with it."""

    def __init__(self, server_url: str, token: str, limits: Limits) -> None:
        self._base = server_url.rstrip("/") + "/"
        self._auth = _Bearer(token)
        self._limits = limits

    def all(self, wanted: Mapping[str, Wanted]) -> dict[str, KeyRead]:
        """Fetch all keys side by side within the budget; a key that is not there in time is a failed one."""
        deadline = time.monotonic() + self._limits.budget
        futures = {key: _pool().submit(self._key, key, want, deadline) for key, want in wanted.items()}
        wait(futures.values(), timeout=self._limits.budget + GRACE_SECONDS)
        return {key: _outcome(key, wanted[key], future) for key, future in futures.items()}

    def _key(self, key: str, want: Wanted, deadline: float) -> KeyRead:
        """All pages of one key; what was read before a failure stays, as a part."""
        pages = [want.first] if want.first else []
        url = urljoin(self._base, want.url) if want.first else self._base + want.url
        seen: set[str] = set()
        problem = ""
        while url and not problem:
            seen.add(url)
            try:
                pages.append(page(key, self._value(url, deadline)))
                url = pages[-1].next_url and urljoin(url, pages[-1].next_url)
                problem = _page_problem(url, seen)
            except Unreadable as fault:
                problem = str(fault)
            except ValueError:
                problem = "the FHIR server gave a link that cannot be read"
        return joined(key, pages, True, problem)

    def _value(self, url: str, deadline: float) -> Any:
        """One JSON value, through at most a few redirects that stay at the server."""
        for _ in range(REDIRECT_LIMIT):
            if _origin(url) != _origin(self._base):
                raise Unreadable("the FHIR server pointed to another server, which is not followed")
            with self._answer(url, deadline) as response:
                if not response.is_redirect:
                    return self._json(response, deadline)
                url = urljoin(url, response.headers["location"])
        raise Unreadable("the FHIR server redirects in circles")

    def _answer(self, url: str, deadline: float) -> requests.Response:
        """An answer, after at most one retry that the deadline leaves time for."""
        response: requests.Response | None = None
        for last in (False, True):
            try:
                response = self._get(url, deadline)
            except requests.ConnectionError:
                response = None
            if response is not None and response.status_code not in WORTH_RETRYING:
                return response
            pause = _pause(response)
            if last or pause >= _left(deadline):
                break
            if response is not None:
                response.close()
            time.sleep(pause)
        if response is None:
            raise Unreadable("the FHIR server could not be reached")
        return response

    def _get(self, url: str, deadline: float) -> requests.Response:
        seconds = min(self._limits.timeout, _left(deadline))
        if seconds <= 0:
            raise Unreadable("the time for fetching ran out")
        host = urlsplit(url).hostname or ""
        try:
            return _session().get(
                url,
                auth=self._auth,
                timeout=seconds,
                allow_redirects=False,
                stream=True,
                proxies={"no_proxy": host} if is_loopback(host) else None,
            )
        except requests.Timeout:
            raise Unreadable("the FHIR server did not answer in time") from None
        except requests.ConnectionError:
            raise
        except (requests.RequestException, ValueError):
            raise Unreadable("the FHIR server could not be asked") from None

    def _json(self, response: requests.Response, deadline: float) -> Any:
        if response.status_code in (401, 403):
            raise Unreadable(f"the FHIR server refused the request's token ({response.status_code})")
        if response.status_code != HTTPStatus.OK:
            raise Unreadable(f"the FHIR server answered {response.status_code}")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise Unreadable("the FHIR server answered with something that is not JSON")
        try:
            return json_text.read(self._body(response, deadline), self._limits.max_depth)
        except NotJson:
            raise Unreadable("the FHIR server answered with JSON that cannot be read") from None

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        received = bytearray()
        try:
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                received += chunk
                if len(received) > self._limits.max_bytes:
                    raise Unreadable("the FHIR server answered with more than the size limit")
                if _left(deadline) <= 0:
                    raise Unreadable("the time for fetching ran out")
        except (OSError, HTTPError):
            raise Unreadable("the FHIR server broke off its answer") from None
        return bytes(received)


def _outcome(key: str, want: Wanted, future: Future[KeyRead]) -> KeyRead:
    pages = [want.first] if want.first else []
    if not future.done():
        future.cancel()
        return joined(key, pages, True, "the time for fetching ran out")
    return joined(key, pages, True, "fetching it failed") if future.exception() else future.result()


def _page_problem(url: str, seen: set[str]) -> str:
    if url in seen:
        return "the FHIR server's pages lead in circles"
    return f"it has more than {PAGE_LIMIT} pages" if url and len(seen) >= PAGE_LIMIT else ""


def _left(deadline: float) -> float:
    return deadline - time.monotonic()


def _pause(response: requests.Response | None) -> float:
    """Seconds the server asks us to wait; a date instead of a number counts as too long."""
    asked = response.headers.get("retry-after", "") if response is not None else ""
    if not asked:
        return RETRY_PAUSE_SECONDS
    return float(asked) if asked.isdecimal() else float("inf")


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARALLEL, thread_name_prefix="fhir")


_own = threading.local()


def _session() -> requests.Session:
    session: requests.Session | None = getattr(_own, "session", None)
    if session is None:
        session = _own.session = requests.Session()
        session.headers["Accept"] = "application/fhir+json"
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=0))
    return session
