"""Any JSON value that stands for a query's result, read into entries and an honest state.

An OperationOutcome is not data. Alone it means that the query failed, as an error among the entries does; beside data
an error means that only a part is there. With only warnings it is noted, and counts as a gap when its code says that
something was left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.fhir.sent import Entry, KeyRead, State

# FHIR R4 issue-type codes that mean: the answer may lack something although the query as such worked.
LEFT_OUT = frozenset(
    {"incomplete", "suppressed", "security", "login", "unknown", "expired", "forbidden", "too-costly", "timeout"}
    | {"throttled", "transient", "exception", "lock-error", "no-store"}
)
FEWER = "the query found more than was handed over"
WORST_FIRST = (State.FAILED, State.PARTIAL)


@dataclass(frozen=True, slots=True)
class Page:
    """One value as read, the URL of the page after it ('' when there is none), and what the server counted.

    `total` is how many resources match the query, `matches` how many of them are here (not those included with them).
    """

    read: KeyRead
    next_url: str = ""
    total: int = 0
    matches: int = 0


@dataclass(slots=True)
class _Findings:
    entries: list[Entry] = field(default_factory=list)
    problems: list[tuple[State, str]] = field(default_factory=list)
    matches: int = 0

    def note(self, state: State, problem: str) -> None:
        if (state, problem) not in self.problems:
            self.problems.append((state, problem))

    def key_read(self, key: str, fetched: bool = False) -> KeyRead:
        states = [state for state, _ in self.problems]
        state = next((worst for worst in WORST_FIRST if worst in states), State.COMPLETE)
        if state is State.FAILED and self.entries:
            state = State.PARTIAL  # an error beside data: some of it is there
        return KeyRead(key, state, tuple(self.entries), "; ".join(text for _, text in self.problems), fetched)


def page(key: str, value: Any) -> Page:
    """Read one value: null, a resource, a Bundle of any type, an OperationOutcome, or a list of resources."""
    found = _Findings()
    if isinstance(value, list) and value:
        for item in value:
            _member(item, "", found)
    elif _kind(value) == "Bundle":
        _bundle(value, found)
        if _promises_more(value) and not _next(value):
            found.note(State.PARTIAL, "it has a further page and does not say where")
        return Page(found.key_read(key), _next(value), _total(value), found.matches)
    elif _kind(value) == "OperationOutcome":
        found.note(State.FAILED, "the query was answered with an error instead of data")
    elif _kind(value):
        _member(value, "", found)
    elif value is not None:
        found.note(State.FAILED, "what stands there is not a FHIR resource")
    return Page(found.key_read(key))


def joined(key: str, pages: Sequence[Page], fetched: bool, problem: str = "") -> KeyRead:
    """All pages of one query as one read; `problem` says why a further page is missing ('' when none is)."""
    found = _Findings()
    for one in pages:
        found.entries.extend(one.read.entries)
        if one.read.problem:
            found.note(one.read.state, one.read.problem)
    if problem:
        found.note(State.PARTIAL if pages else State.FAILED, problem)
    elif pages and pages[0].total > sum(one.matches for one in pages):
        found.note(State.PARTIAL, FEWER)
    return found.key_read(key, fetched)


def _bundle(bundle: Mapping[str, Any], found: _Findings) -> None:
    entries = bundle.get("entry")
    if entries is not None and not isinstance(entries, list):
        found.note(State.FAILED, "a Bundle's entries are not a list")
        return
    for entry in entries or ():
        _entry(entry if isinstance(entry, dict) else {}, found)


def _entry(entry: Mapping[str, Any], found: _Findings) -> None:
    resource, response, full_url = entry.get("resource"), entry.get("response"), entry.get("fullUrl")
    if isinstance(response, dict):
        if str(response.get("status")).strip().startswith(("4", "5")):
            found.note(State.FAILED, "a part of the query was answered with an error")
            if resource is None:
                return
        if _kind(response.get("outcome")) == "OperationOutcome":
            _outcome(response["outcome"], found)
    if resource is None and _is_deletion(entry):
        return
    search = entry.get("search")
    included = isinstance(search, dict) and search.get("mode") == "include"
    _member(resource, full_url if isinstance(full_url, str) else "", found, included)


def _member(resource: Any, full_url: str, found: _Findings, included: bool = False) -> None:
    kind = _kind(resource)
    if kind == "Bundle":
        before = found.matches
        _bundle(resource, found)
        if _promises_more(resource):
            found.note(State.PARTIAL, "an inner Bundle has further pages that were not read")
        if _total(resource) > found.matches - before:
            found.note(State.PARTIAL, FEWER)
    elif kind == "OperationOutcome":
        _outcome(resource, found)
    elif kind:
        found.entries.append(Entry(resource, full_url))
        found.matches += not included
        if _is_shortened(resource):
            found.note(State.PARTIAL, "a resource in it is shortened and lacks elements")
    else:
        found.note(State.PARTIAL, "an entry holds no FHIR resource")


def _outcome(outcome: Mapping[str, Any], found: _Findings) -> None:
    issues = list(_issues(outcome))
    if not issues or any(issue.get("severity") not in ("warning", "information") for issue in issues):
        found.note(State.FAILED, "a part of the query was answered with an error")
    elif any(issue.get("code") in LEFT_OUT for issue in issues):
        found.note(State.PARTIAL, "the FHIR server says that it left something out")
    else:
        found.note(State.COMPLETE, "the FHIR server added a remark")


def _is_shortened(resource: Mapping[str, Any]) -> bool:
    """Whether the server says that it left elements out (_summary, _elements, or a rule of its own)."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return any(
        isinstance(tag, dict) and tag.get("code") == "SUBSETTED" for tag in (tags if isinstance(tags, list) else ())
    )


def _issues(outcome: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    issues = outcome.get("issue")
    return (issue for issue in (issues if isinstance(issues, list) else ()) if isinstance(issue, Mapping))


def _is_deletion(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, Mapping) else None
    return isinstance(request, Mapping) and request.get("method") == "DELETE"


def _kind(value: Any) -> str:
    kind = value.get("resourceType") if isinstance(value, dict) else None  # parsed JSON has plain dicts
    return kind if isinstance(kind, str) else ""


def _next(bundle: Mapping[str, Any]) -> str:
    urls = (link.get("url") for link in _next_links(bundle))
    return next((url for url in urls if isinstance(url, str)), "")


def _promises_more(bundle: Mapping[str, Any]) -> bool:
    return any(True for _ in _next_links(bundle))


def _next_links(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, Mapping) and link.get("relation") == "next":
            yield link


def _total(bundle: Mapping[str, Any]) -> int:
    total = bundle.get("total")
    return total if isinstance(total, int) and not isinstance(total, bool) else 0
