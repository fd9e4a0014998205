"""SMART App Launch scopes, v1 (`patient/Condition.read`) and v2 (`patient/Condition.rs?category=...`).

Sources: SMART App Launch 1.0 and 2.2, "Scopes and Launch Context". A v1 `read` covers reads and searches. The letters
of v2 are taken in any order: whether a badly ordered scope was granted, the server decides when it is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Self
from urllib.parse import parse_qsl

RESOURCE_SCOPE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(read|write|\*|[cruds]+)(?:\?(.+))?")
# Scopes that grant no resource; a scope string of these only grants none.
OTHER_SCOPE = re.compile(
    r"openid|profile|email|address|phone|fhirUser|launch(/[a-z-]+(\?.*)?)?|online_access|offline_access"
    r"|smart/[A-Za-z./-]+"
)
V1 = {"read": frozenset("rs"), "write": frozenset("cud"), "*": frozenset("cruds")}
INTERACTIONS = {"r": "read", "s": "search"}


class Cover(Enum):
    """How much of a query's answer a token may see."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Scope:
    """One grant: a type or `*`, letters of `cruds`, and a restriction as query pairs (none: all resources)."""

    context: str
    type: str
    letters: frozenset[str]
    only: frozenset[tuple[str, str]] = frozenset()

    def grants(self, type_: str, letter: str) -> bool:
        """Whether it lets this interaction through, perhaps for a part of the resources."""
        return self.type in ("*", type_) and letter in self.letters


@dataclass(frozen=True, slots=True)
class Scopes:
    """All grants of a token."""

    granted: tuple[Scope, ...]

    @classmethod
    def read(cls, text: str, *, other_patient: bool = False) -> Self | None:
        """The grants of a scope string; None when it has no word on FHIR that we understand, and so says nothing.

        `other_patient`: the token's patient is not the request's, so that `patient/` scopes are of no use here.
        """
        words = text.split()
        found = [match for word in words if (match := RESOURCE_SCOPE.fullmatch(word))]
        understood = bool(found) or (bool(words) and all(OTHER_SCOPE.fullmatch(word) for word in words))
        usable = [match for match in found if not (other_patient and match[1] == "patient")]
        return cls(tuple(_scope(*match.groups()) for match in usable)) if understood else None

    def cover(self, query: str) -> Cover:
        """How far a query relative to the base URL is covered: `Patient/1` is a read, `Condition?patient=1` a search.

        A form that is neither (an operation, the root) is the server's to judge.
        """
        asked = interaction(query)
        if not asked:
            return Cover.WHOLE
        grants = [scope for scope in self.granted if scope.grants(*asked)]
        pairs = set(parse_qsl(query.partition("?")[2]))
        # A restricted read is answered whole or refused; a search only loses what the restriction leaves out.
        if (asked[1] == "r" and grants) or any(scope.only <= pairs for scope in grants):
            return Cover.WHOLE
        return Cover.PART if grants else Cover.NONE


def interaction(query: str) -> tuple[str, str] | None:
    """Type and letter of a query, None for what is neither a read nor a search of one type."""
    parts = query.partition("?")[0].split("/")
    if not re.fullmatch(r"[A-Z][A-Za-z]*", parts[0]):
        return None
    if len(parts) == 1 or parts[1:] == ["_search"]:
        return parts[0], "s"
    return (parts[0], "r") if len(parts) == 2 and not parts[1].startswith("$") else None


def not_covered(query: str) -> str:
    """Why a query was not tried, as a plain sentence part."""
    type_, letter = interaction(query) or ("", "s")
    return f"the token's scopes do not cover it: {INTERACTIONS[letter]} {type_}"


def _scope(context: str, type_: str, permission: str, only: str | None) -> Scope:
    letters = V1.get(permission) or frozenset(permission)
    return Scope(context, type_, letters, frozenset(parse_qsl(only or "", keep_blank_values=True)))
