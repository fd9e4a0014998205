"""Who is calling: what a checked token says, or nothing where callers are not checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller; every field is '' where callers are not checked. `tenant` is the client's own word for a site."""

    issuer: str = ""
    subject: str = ""
    tenant: str = ""
