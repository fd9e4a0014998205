"""What a caller may do with packets, and the note of every access: who, what, which packet, when, and how it ended.

A caller whom nobody vouches for (401) leaves a line in the log and no row: rows that anybody can make would fill the
disk. Where an access cannot be recorded it is not allowed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from flask import Blueprint, Response, g, request

from service import log
from service.api.audit import caller
from service.api.outcome import refusal
from service.errors import CallerForbidden, StoreUnavailable
from service.store.packet_records import Access, Who

UNKNOWN_CALLER = 401


class Accesses(Protocol):
    """Where accesses are recorded."""

    def accessed(self, access: Access) -> None:
        """Write one access before this returns; raises StoreUnavailable."""


def need(scope: str, action: str) -> None:
    """Say what is being done, and raise CallerForbidden where the caller may not."""
    g.action = action
    if scope not in caller().scopes:
        raise CallerForbidden(f"This needs the scope {scope}; the operator grants it to an issuer's callers.")


def who() -> Who:
    """The caller, with the person that the body names."""
    return Who(caller(), str(g.get("user", "")))


def install(routes: Blueprint, accesses: Accesses) -> None:
    """Record every access through these routes."""

    @routes.after_request
    def _recorded(response: Response) -> Response:
        if response.status_code == UNKNOWN_CALLER:
            return response
        named = g.get("packet") or (request.view_args or {}).get("packet")
        packet = named if isinstance(named, UUID) else None
        word = g.get("word", "answered")
        try:
            accesses.accessed(Access(datetime.now(UTC), who(), g.get("action", ""), packet, response.status_code, word))
        except StoreUnavailable as fault:
            log.failure("access-not-recorded", fault, word=fault.word)
            return refusal(fault)
        return response
