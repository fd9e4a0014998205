"""Which tokens were used already: a token is good for one call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from cachetools import TLRUCache

from service.callers.refusal import CallersUncheckable

MOST_TOKENS = 200_000


class SeenTokens(Protocol):
    """A memory of used tokens; one that all workers share makes a token good for one call in all of them."""

    def first(self, issuer: str, token_id: str, until: datetime) -> bool:
        """Whether this is the first use; remembers it until that time (aware). Atomic; may raise a ServiceError."""


class SeenInMemory:
    """The memory of one process. When full it refuses, because to forget a token would be to accept it again."""

    def __init__(self, most: int = MOST_TOKENS, clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._until: TLRUCache[tuple[str, str], float] = TLRUCache(
            most, ttu=lambda _key, until, _now: until, timer=clock
        )

    def first(self, issuer: str, token_id: str, until: datetime) -> bool:
        """Whether this is the first use in this process; raises CallersUncheckable when there is no room."""
        key = issuer, token_id
        with self._lock:
            self._until.expire()
            if key in self._until:
                return False
            if len(self._until) >= self._until.maxsize:
                raise CallersUncheckable("replay-memory-full")
            self._until[key] = until.timestamp()
            return True
