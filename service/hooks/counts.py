"""How many resources, keys and orders one request may carry; real records stay far below.

A limit refuses the request as a whole: to look at a part of a record and say nothing of the rest would be silence.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from service.errors import TooMany
from service.hooks.request import CdsRequest

MAX_KEYS = 200


class Counts(NamedTuple):
    """The most resources of one request and of one key, and the most entries of a list or Bundle of the context."""

    resources: int
    entries: int
    orders: int


def check(asked: CdsRequest, most: Counts) -> None:
    """Raise TooMany naming the first limit that the request passes."""
    sent = asked.prefetch or {}
    if len(sent) > MAX_KEYS:
        raise _too_many("prefetch has", MAX_KEYS, "keys", "prefetch")
    # A key is counted even when it is null, so that the sum bounds what is looked at.
    sizes = [max(1, _size(value)) for value in sent.values()]
    if max(sizes, default=0) > most.entries:
        raise _too_many("a prefetch key has", most.entries, "resources", "prefetch", "MAX_ENTRIES")
    if sum(sizes) > most.resources:
        raise _too_many("prefetch has", most.resources, "resources", "prefetch", "MAX_RESOURCES")
    if max(map(_size, asked.context.values()), default=0) > most.orders:
        raise _too_many("a field of the context has", most.orders, "entries", "context", "MAX_ORDERS")


def _size(value: Any) -> int:
    if isinstance(value, dict):
        value = value.get("entry")
    return len(value) if isinstance(value, list) else 0


def _too_many(where: str, most: int, what: str, expression: str, setting: str = "") -> TooMany:
    named = f" (setting SPINE_CDS_{setting})" if setting else ""
    return TooMany(
        f"The request is too large: {where} more than {most} {what}{named}. Nothing was evaluated.",
        expression=expression,
    )
