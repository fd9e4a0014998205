"""Where keys come from, and when they are looked for again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from service import log
from service.callers.fetch import fetch
from service.callers.keys import Key, KeySet, KeysUnreadable, key_set
from service.callers.refusal import CallersUncheckable
from service.callers.watched import Watched
from service.settings import Settings

Timer = Callable[[], float]


class KeySource(Protocol):
    """A place with keys."""

    def find(self, key_id: str, may_fetch: bool) -> tuple[Key, ...]:
        """The keys with this id, () when there is none; raises CallersUncheckable when nobody can say."""


class FileKeys:
    """Keys in a file; raises KeysUnreadable or OSError when made, for a file that cannot be used."""

    def __init__(self, path: Path, timer: Timer = time.monotonic) -> None:
        self._file = Watched(path, lambda where: key_set(where.read_bytes()), timer)

    def find(self, key_id: str, may_fetch: bool) -> tuple[Key, ...]:
        """The keys with this id."""
        return self._file.value.get(key_id, ())


class Times(NamedTuple):
    """Seconds: age at which keys are fetched again, least pause between extra fetches, how long old keys still do."""

    refresh: float
    retry: float
    keep: float
    timeout: float

    @classmethod
    def of(cls, settings: Settings) -> Times:
        """The times an operator set."""
        return cls(
            settings.keys_refresh_s, settings.keys_retry_s, settings.keys_keep_s, settings.keys_timeout_ms / 1000
        )


class UrlKeys:
    """Keys at a URL. Asked for when first needed, when old, and, at most once in a while, for an unknown key id."""

    def __init__(
        self,
        url: str,
        times: Times,
        timer: Timer = time.monotonic,
        get: Callable[[str, float], KeySet] = fetch,
    ) -> None:
        self._url, self._times, self._timer, self._get = url, times, timer, get
        self._lock = threading.Lock()
        self._keys: KeySet = {}
        self._fetched = self._failed = self._extra = float("-inf")

    def find(self, key_id: str, may_fetch: bool) -> tuple[Key, ...]:
        """The keys with this id; without leave to fetch, among those already here."""
        if may_fetch:
            began = self._timer()
            self._refresh()
            if key_id not in self._keys:
                self._look_again(key_id, began)
            if not self._usable():
                raise CallersUncheckable("keys-unavailable")
        return self._keys.get(key_id, ()) if self._usable() else ()

    def _refresh(self) -> None:
        """Fetch when too old. Who finds keys that may still be used does not wait for another who is fetching."""
        if self._fresh() or not self._may_try():
            return
        if not self._lock.acquire(blocking=not self._usable()):
            return
        try:
            if not self._fresh() and self._may_try():
                self._fetch()
        finally:
            self._lock.release()

    def _look_again(self, key_id: str, began: float) -> None:
        """Fetch for a key id that is not there: a rotated key, or one invented to keep us busy."""
        with self._lock:
            as_new_as_can_be = key_id in self._keys or self._fetched >= began
            if as_new_as_can_be or not self._may_try() or self._timer() - self._extra < self._times.retry:
                return
            self._extra = self._timer()
            self._fetch()

    def _fetch(self) -> None:
        try:
            self._keys = self._get(self._url, self._times.timeout)
            self._fetched = self._timer()
        except KeysUnreadable as error:
            self._failed = self._timer()
            log.failure("issuer-keys-unreadable", error, host=urlsplit(self._url).netloc, reason=str(error))

    def _fresh(self) -> bool:
        return self._timer() - self._fetched < self._times.refresh

    def _may_try(self) -> bool:
        return self._timer() - self._failed >= self._times.retry

    def _usable(self) -> bool:
        return self._timer() - self._fetched < self._times.refresh + self._times.keep
