"""Why a caller was turned away: one stable word for the log, and as much text as is safe for the one who was.

What anybody can cause gets one and the same text. A claim is named only to the holder of a trusted key, that is after
the signature was found good: an honest integrator needs it then, and a stranger never gets that far.
"""

from __future__ import annotations

from service.errors import CallerUnknown, NotReady

UNTOLD = "The bearer token was not accepted. The reason is in the log of this service; ask its operator, with the time."
NO_TOKEN = "This address asks for a signed token: send Authorization: Bearer and a JWT made out to this URL."
NO_CERTIFICATE = "This address can be called only through the proxy that checks client certificates."
UNAVAILABLE = "Callers cannot be checked at the moment; nothing was looked at. Try again later."


class Refused(CallerUnknown):
    """A caller who was turned away; `reason` is a stable word for the log, `token_sent` decides the challenge."""

    def __init__(self, reason: str, text: str = UNTOLD, *, token_sent: bool = True) -> None:
        super().__init__(text)
        self.reason = reason
        self.token_sent = token_sent

    @property
    def challenge(self) -> str:
        """The value of WWW-Authenticate; by RFC 6750, 3.1 without an error where no token was sent."""
        return 'Bearer error="invalid_token"' if self.token_sent else 'Bearer realm="spine-cds"'


class CallersUncheckable(NotReady):
    """Our own trouble (keys that cannot be fetched, no room to remember tokens), which is not the caller's fault."""

    def __init__(self, reason: str) -> None:
        super().__init__(UNAVAILABLE)
        self.reason = reason
