"""What is known about one prefetch key: its resources, and whether they are all there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

Resource = Mapping[str, Any]


class State(StrEnum):
    """How far the content of a key can be trusted.

    `complete`: everything the query finds, perhaps nothing. `partial`: some of it (a further page was not read).
    `failed`: the query was run and failed. `absent`: neither sent nor fetched.
    """

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    ABSENT = "absent"


class Entry(NamedTuple):
    """One resource as received, with its Bundle.entry.fullUrl ('' when it came alone)."""

    resource: Resource
    full_url: str = ""


@dataclass(frozen=True, slots=True)
class KeyRead:
    """One prefetch key after sending and fetching; `problem` says in one plain sentence why it is not complete."""

    key: str
    state: State
    entries: tuple[Entry, ...] = ()
    problem: str = ""
    fetched: bool = False
