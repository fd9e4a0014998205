"""What a token claims about itself, checked against the call and the clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from service.callers.token import is_name

SPAN = 2**33  # seconds since 1970 reach the year 2242; beyond is no time anybody means


class Fault(NamedTuple):
    """A check that failed: the stable word for the log, and the text for the holder of a trusted key."""

    reason: str
    text: str


def _named(value: str) -> str:
    if not is_name(value):
        raise ValueError("must be a short printable text")
    return value


Name = Annotated[str, AfterValidator(_named)]
Seconds = Annotated[int, Field(ge=0, le=SPAN)]


class Claims(BaseModel):
    """The claims that are used; others are ignored. Times are whole seconds since 1970: no text, no fraction."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: Name
    aud: str | Annotated[list[str], Field(min_length=1, max_length=20)]
    exp: Seconds
    iat: Seconds
    jti: Name
    nbf: Seconds | None = None
    sub: Name | None = None
    tenant: Name | None = None

    @property
    def audiences(self) -> Collection[str]:
        """Whom the token is made out to."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud


class Expected(NamedTuple):
    """What the claims must agree with; `tenants` is empty where any will do; times in seconds."""

    audiences: Collection[str]
    tenants: Collection[str]
    now: float
    skew: int
    lifetime: int


def read(claims: Mapping[str, Any]) -> Claims | Fault:
    """The claims, or which of them are missing or of the wrong form."""
    try:
        return Claims.model_validate(claims)
    except ValidationError as error:
        names = sorted({str(item["loc"][0]) for item in error.errors(include_input=False, include_url=False)})
        return Fault("claims", f"The token's claims cannot be used: {', '.join(names)} missing or of the wrong form.")


def fault(claims: Claims, expected: Expected) -> Fault | None:
    """The first check that fails, None when all hold; that the token is new is not checked here."""
    if not any(_same_url(audience, url) for audience in claims.audiences for url in expected.audiences):
        return Fault("audience", "The token is made out to another address: its aud must be the full URL called.")
    if timing := _timing(claims, expected):
        return timing
    if expected.tenants and claims.tenant not in expected.tenants:
        return Fault("tenant", "The token's tenant is not one that may call.")
    return None


def _same_url(audience: str, url: str) -> bool:
    """Character by character, but for one slash at the end, which clients add and leave out as they like."""
    return audience.removesuffix("/") == url.removesuffix("/")


def _timing(claims: Claims, expected: Expected) -> Fault | None:
    soon, past = expected.now + expected.skew, expected.now - expected.skew
    if claims.exp <= past:
        return Fault("expired", "The token has expired.")
    if claims.iat > soon or (claims.nbf is not None and claims.nbf > soon):
        return Fault("not-yet-valid", "The token is not valid yet: its iat or nbf lies in the future.")
    if not 0 < claims.exp - claims.iat <= expected.lifetime:
        return Fault("lifetime", f"The token lives too long: exp must follow iat within {expected.lifetime} seconds.")
    return None
