"""Who is calling: what a checked token says, or nothing where callers are not checked."""

from __future__ import annotations

from dataclasses import dataclass

READ, WRITE, EXPORT = "packets.read", "packets.write", "packets.export"
SCOPES = frozenset({READ, WRITE, EXPORT})


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller; every field is '' where callers are not checked.

    `issuer` is the `iss` of the token, `subject` its `sub`, `tenant` the client's own word for a site; behind a proxy
    that checks certificates the issuer is `mtls` and the subject the name in the certificate. `scopes` is what the
    operator granted; where callers are not checked, and only this machine can call, it is everything.
    """

    issuer: str = ""
    subject: str = ""
    tenant: str = ""
    scopes: frozenset[str] = frozenset()
