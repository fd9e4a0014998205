"""Prefetch templates: queries with tokens, read once and filled for a request.

The service fills for itself the very templates that it publishes. A value never leaves its place: in the path it is one
segment (or, where the whole template is a token, a type and an id), in the query it is percent-encoded, and what FHIR
search gives a meaning (`,` `|` `$`) is escaped. Commas between several values stay, as "any of these".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from service.hooks import paths
from service.hooks.fhir_r4 import RESOURCE_TYPES
from service.hooks.paths import Path, PathFault, Unanswerable
from service.hooks.tokens import Tokens

TOKEN = re.compile(r"\{\{(.*?)\}\}")
MEANINGFUL = re.compile(r"([\\,|$])")
CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
LONGEST = 8_000  # characters of a query; what common servers and proxies take


class TemplateFault(ValueError):
    """A template that cannot be read; the text is for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Template:
    """One template: literal texts at even places, tokens at odd ones."""

    parts: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Tokens in order."""
        return self.parts[1::2]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths of all tokens."""
        return tuple(path for token in self.tokens for path in paths.parsed(token))

    @property
    def is_token(self) -> bool:
        """Whether the whole template is one token, a reference such as `{{context.userId}}`."""
        return len(self.parts) == 3 and self.parts[::2] == ("", "")

    @property
    def is_search(self) -> bool:
        """Whether it asks for what matches, and not for one resource."""
        return any("?" in literal for literal in self.parts[::2])

    @property
    def earlier_keys(self) -> frozenset[str]:
        """Prefetch keys whose results it looks into."""
        return frozenset(path.earlier_key for path in self.paths if path.earlier_key)

    @property
    def resource_type(self) -> str:
        """The resource type it asks for; '' where that is a token's to say."""
        first = re.split(r"[/?]", self.parts[0])[0]
        return first if first in RESOURCE_TYPES else ""


@lru_cache(maxsize=512)
def template(text: str) -> Template:
    """Read a template; raises TemplateFault for braces that do not pair and tokens that cannot be read."""
    parts = tuple(part if place % 2 == 0 else part.strip() for place, part in enumerate(TOKEN.split(text)))
    if any("{{" in literal or "}}" in literal for literal in parts[::2]):
        raise TemplateFault("its {{ and }} do not pair")
    try:
        for token in parts[1::2]:
            paths.parsed(token)
    except PathFault as fault:
        raise TemplateFault(str(fault)) from None
    return Template(parts)


def fill(text: str, tokens: Tokens) -> str:
    """The query relative to the server's base; raises Unanswerable with a plain reason that holds no value."""
    read = template(text)
    query = "".join(_filled(read, tokens))
    path = query.partition("?")[0]
    if {"", ".", ".."} & set(path.split("/")):
        raise Unanswerable("a value that its query needs would lead elsewhere")
    if len(query) > LONGEST:
        raise Unanswerable("its query would be too long")
    return query


def _filled(read: Template, tokens: Tokens) -> Iterator[str]:
    in_query = False
    for place, part in enumerate(read.parts):
        if place % 2 == 0:
            in_query = in_query or "?" in part
            yield part
        elif in_query:
            yield ",".join(_encoded(MEANINGFUL.sub(r"\\\1", value)) for value in tokens.values(part))
        else:
            yield "/".join(_segments(tokens.values(part), read.is_token))


def _segments(values: tuple[str, ...], whole: bool) -> list[str]:
    if len(values) != 1:
        raise Unanswerable("its query reads one resource, and the request names several")
    segments = values[0].split("/")
    if len(segments) != 1 + whole or (whole and segments[0] not in RESOURCE_TYPES):
        raise Unanswerable(f"a value that its query needs is no {'reference' if whole else 'id'}")
    if any(CONTROL.search(segment) for segment in segments):
        raise Unanswerable("a value that its query needs would lead elsewhere")
    return [_encoded(segment) for segment in segments]


def _encoded(value: str) -> str:
    return quote(value, safe="", errors="replace")


def by_dependency(texts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Templates in groups, each needing results of earlier groups only; what waits in a circle comes last."""
    left = dict(texts)
    while left:
        ready = {key: text for key, text in left.items() if not template(text).earlier_keys & left.keys()}
        yield ready or left
        left = {key: text for key, text in left.items() if ready and key not in ready}
