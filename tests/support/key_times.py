"""Keys: their times, a clock, and what may be used."""

from __future__ import annotations

import json

from service.callers.key_sources import Times
from service.callers.keys import KeySet, KeysUnreadable, key_set
from tests.contract.tokens import jwk, jwks

TIMES = Times(refresh=900, retry=30, keep=3_600, timeout=1)


class Clock:
    """A time that moves when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class KeyServer:
    """Hands out key ids, or fails while there are none; counts."""

    def __init__(self, *kids: str) -> None:
        self.kids: tuple[str, ...] = kids
        self.asked = 0

    def __call__(self, url: str, seconds: float) -> KeySet:
        self.asked += 1
        if not self.kids:
            raise KeysUnreadable("the server could not be reached or broke off")
        return key_set(json.dumps(jwks(*(jwk("p384", kid) for kid in self.kids))).encode())
