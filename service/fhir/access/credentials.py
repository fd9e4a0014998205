"""What a read shows the server: nothing, the request's own token, or a token of this service's account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from service.fhir.access.line import Line
from service.fhir.access.scopes import Cover, Scopes


class Credential(Protocol):
    """One way to be let in; made for one request."""

    @property
    def refusal(self) -> str:
        """What a 401 or 403 means, as a plain sentence part."""

    def token(self, line: Line) -> str:
        """The access token, '' for none; raises Unreadable when it cannot be had."""

    def cover(self, query: str) -> Cover:
        """How far the token's scopes cover a query relative to the base URL; asked after `token`."""

    def dropped(self, token: str) -> bool:
        """Told that a token got a 401: whether there can be another one."""


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No token: only an open server answers."""

    refusal: str = "the FHIR server wants a token, and the request brought none"

    def token(self, line: Line) -> str:
        """None."""
        return ""

    def cover(self, query: str) -> Cover:
        """The server decides."""
        return Cover.WHOLE

    def dropped(self, token: str) -> bool:
        """There is no other."""
        return False


@dataclass(frozen=True, slots=True)
class Given:
    """The token of the request, for as long as the request lasts; nothing prints it."""

    _reveal: Callable[[], str] = field(repr=False)
    scopes: Scopes | None
    refusal: str = "the FHIR server refused the request's token"

    def token(self, line: Line) -> str:
        """As it was sent."""
        return self._reveal()

    def cover(self, query: str) -> Cover:
        """By the scopes that came with it; without any the server decides."""
        return self.scopes.cover(query) if self.scopes else Cover.WHOLE

    def dropped(self, token: str) -> bool:
        """There is no other."""
        return False
