"""From what the client sent and what can be fetched to one KeyRead per prefetch key.

Absent is not null: an absent key may be fetched, a null one was asked for and found empty, and one that holds an error
was asked for and failed, so it is not asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from service.fhir.asked import as_asked
from service.fhir.bundles import Page, joined, page
from service.fhir.sent import KeyRead, State
from service.hooks.paths import Unanswerable
from service.hooks.templates import by_dependency, fill, template
from service.hooks.tokens import Tokens

NOT_SENT = "it was not sent, and the request gives no access to a FHIR server"
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
    tokens: Tokens,
    fetch: Fetch | None,
    *,
    unfetchable: str = "",
) -> dict[str, KeyRead]:
    """One KeyRead per template key, in template order; `unfetchable` says why there is no `fetch`.

    Everything is fetched at once, but for templates that look into the result of another key: they come after it.
    """
    reads: dict[str, KeyRead] = {}
    for ready in by_dependency(templates):
        wanted: dict[str, Wanted] = {}
        for key, text in ready.items():
            if prefetch and key in prefetch:
                reads[key], want = _from_sent(key, prefetch[key])
            else:
                reads[key], want = _from_template(key, text, _with_earlier(tokens, text, templates, reads))
            if want and fetch:
                wanted[key] = want
            elif want and unfetchable:
                reads[key] = _because(reads[key], unfetchable)
        if fetch and wanted:
            reads.update(fetch.all(wanted))
        reads.update({key: as_asked(reads[key], text, templates) for key, text in ready.items()})
    return {key: reads[key] for key in templates}


def unknown_keys(prefetch: Mapping[str, Any] | None, templates: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that were sent and that no template of this service asks for, sorted."""
    return tuple(sorted(set(prefetch or ()) - set(templates)))


def _from_sent(key: str, value: Any) -> tuple[KeyRead, Wanted | None]:
    first = page(key, value)
    if first.next_url and first.read.state is not State.FAILED:
        return joined(key, [first], False, NO_NEXT), Wanted(first.next_url, first)
    return joined(key, [first], False), None


def _from_template(key: str, text: str, tokens: Tokens) -> tuple[KeyRead, Wanted | None]:
    try:
        query = fill(text, tokens)
    except Unanswerable as reason:
        return KeyRead(key, State.ABSENT, problem=f"it was not sent, and {reason}"), None
    return KeyRead(key, State.ABSENT, problem=NOT_SENT), Wanted(query)


def _with_earlier(tokens: Tokens, text: str, templates: Mapping[str, str], reads: Mapping[str, KeyRead]) -> Tokens:
    """The tokens with the results that the template looks into; part of a result would give part of a query."""
    whole = {
        key: _as_sent(templates[key], reads[key])
        for key in template(text).earlier_keys & reads.keys()
        if reads[key].state is State.COMPLETE
    }
    return replace(tokens, earlier=whole) if whole else tokens


def _as_sent(text: str, read: KeyRead) -> Mapping[str, Any]:
    """What a client would have sent: one resource for a read, a Bundle for a search."""
    if template(text).is_search:
        entries = [{"fullUrl": entry.full_url, "resource": entry.resource} for entry in read.entries]
        return {"resourceType": "Bundle", "entry": entries}
    return read.entries[0].resource if read.entries else {}


def _because(read: KeyRead, reason: str) -> KeyRead:
    start = "it was not sent" if read.state is State.ABSENT else "it has further pages"
    return KeyRead(read.key, read.state, read.entries, f"{start}, and {reason}", read.fetched)
