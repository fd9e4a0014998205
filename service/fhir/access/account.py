"""This service's own account at a FHIR server, as requests use it.

A token is kept in memory until shortly before it expires, and is asked for once however many reads wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from threading import Lock

from service.fhir.access.line import OUT_OF_TIME, Line, Unreadable
from service.fhir.access.scopes import Cover, Scopes
from service.fhir.access.token_endpoint import NO_TOKEN, Token, TokenEndpoint


class OwnAccount:
    """One account, shared by all requests of this process; `issuers` may use it, without any every caller may."""

    def __init__(
        self, endpoint: TokenEndpoint, issuers: Collection[str] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._endpoint = endpoint
        self._issuers = issuers
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None
        self._until = 0.0
        self._asking: Future[Token] | None = None

    def serves(self, issuer: str) -> bool:
        """Whether calls of this issuer may use the account."""
        return not self._issuers or issuer in self._issuers

    def token(self, line: Line) -> Token:
        """A token that still lives; raises Unreadable."""
        with self._lock:
            if self._token and self._until > self._clock():
                return self._token
            asking, first = self._asking or Future[Token](), self._asking is None
            self._asking = asking
        return self._ask_for_all(asking, line) if first else _waited(asking, line)

    def drop(self, word: str) -> None:
        """Forget a token that was refused, unless another has taken its place."""
        with self._lock:
            if self._token and self._token.word == word:
                self._token = None

    def _ask_for_all(self, asking: Future[Token], line: Line) -> Token:
        token: Token | None = None
        problem = NO_TOKEN
        try:
            token = self._endpoint.ask(line)
        except Unreadable as fault:
            problem = str(fault)
        finally:
            with self._lock:
                self._token, self._asking = token, None
                self._until = self._clock() + (token.seconds if token else 0)
            if token is None:
                asking.set_exception(Unreadable(problem))
            else:
                asking.set_result(token)
        return _waited(asking, line)


@dataclass(slots=True)
class Own:
    """The account's tokens as one request uses them; a failure to get one is not repeated for each of its reads."""

    account: OwnAccount
    refusal: str = "the FHIR server refused the service's own token"
    _scopes: Scopes | None = None
    _problem: str = ""

    def token(self, line: Line) -> str:
        """A token that still lives; raises Unreadable."""
        if self._problem:
            raise Unreadable(self._problem)
        try:
            token = self.account.token(line)
        except Unreadable as fault:
            self._problem = str(fault)
            raise
        self._scopes = token.scopes
        return token.word

    def cover(self, query: str) -> Cover:
        """By the scopes that were granted."""
        return self._scopes.cover(query) if self._scopes else Cover.WHOLE

    def dropped(self, token: str) -> bool:
        """The refused token is forgotten; the next one is a new one."""
        self.account.drop(token)
        return True


def _waited(asking: Future[Token], line: Line) -> Token:
    try:
        return asking.result(timeout=max(0.0, line.left))
    except Late:
        raise Unreadable(OUT_OF_TIME) from None
    except Unreadable as fault:
        raise Unreadable(str(fault)) from None
