"""From what the client sent and what can be fetched to one KeyRead per prefetch key.

Absent is not null: an absent key may be fetched, a null one was asked for and found empty, and one that holds an error
was asked for and failed, so it is not asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from service.fhir.bundles import Page, joined, page
from service.fhir.sent import KeyRead, State

TOKEN = re.compile(r"\{\{\s*(.*?)\s*\}\}")
NOT_SENT = "it was not sent, and the request gives no access to a FHIR server"
NO_TOKEN = "it was not sent, and the request lacks a value that its query needs"
NO_NEXT = "it has further pages, and the request gives no access to a FHIR server"


class Wanted(NamedTuple):
    """What to fetch for one key: a query relative to the server's base, or the page after `first`."""

    url: str
    first: Page | None = None


class Fetch(Protocol):
    """Something that can read from the client's FHIR server; failures come back as KeyReads, never as exceptions."""

    def all(self, wanted: Mapping[str, Wanted]) -> Mapping[str, KeyRead]:
        """Fetch every key at once."""


def gather(
    prefetch: Mapping[str, Any] | None,
    templates: Mapping[str, str],
    tokens: Mapping[str, str],
    fetch: Fetch | None,
    *,
    unfetchable: str = "",
) -> dict[str, KeyRead]:
    """One KeyRead per template key, in template order; `unfetchable` says why there is no `fetch`."""
    sent = prefetch or {}
    reads: dict[str, KeyRead] = {}
    wanted: dict[str, Wanted] = {}
    for key, template in templates.items():
        reads[key], want = _from_sent(key, sent[key]) if key in sent else _from_template(key, template, tokens)
        if want and fetch:
            wanted[key] = want
        elif want and unfetchable:
            reads[key] = _because(reads[key], unfetchable)
    if fetch and wanted:
        reads.update(fetch.all(wanted))
    return {key: reads[key] for key in templates}


def unknown_keys(prefetch: Mapping[str, Any] | None, templates: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that were sent and that no template of this service asks for, sorted."""
    return tuple(sorted(set(prefetch or ()) - set(templates)))


def fill(template: str, tokens: Mapping[str, str]) -> str:
    """The query with URL-encoded token values, '' when a token has none or would lead to another path."""
    whole = TOKEN.fullmatch(template)
    safe = "/" if whole else ""  # a template that is one token is a reference such as Practitioner/p1
    names = TOKEN.findall(template)
    if not all(tokens.get(name) and _stays_in_place(tokens[name]) for name in names):
        return ""
    return TOKEN.sub(lambda match: quote(tokens[match[1]], safe=safe), template)


def _stays_in_place(value: str) -> bool:
    return not {"", ".", ".."} & set(value.split("/"))


def _from_sent(key: str, value: Any) -> tuple[KeyRead, Wanted | None]:
    first = page(key, value)
    if first.next_url and first.read.state is not State.FAILED:
        return joined(key, [first], False, NO_NEXT), Wanted(first.next_url, first)
    return joined(key, [first], False), None


def _from_template(key: str, template: str, tokens: Mapping[str, str]) -> tuple[KeyRead, Wanted | None]:
    query = fill(template, tokens)
    if not query:
        return KeyRead(key, State.ABSENT, problem=NO_TOKEN), None
    return KeyRead(key, State.ABSENT, problem=NOT_SENT), Wanted(query)


def _because(read: KeyRead, reason: str) -> KeyRead:
    start = "it was not sent" if read.state is State.ABSENT else "it has further pages"
    return KeyRead(read.key, read.state, read.entries, f"{start}, and {reason}", read.fetched)
