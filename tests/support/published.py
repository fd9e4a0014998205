"""Hook calls that others published, sent to the service as they are and once more with what it needs: one row each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flask.testing import FlaskClient

from service.hooks.discovery import ServiceEntry

FOLDERS = ("data/cds_requests", "standards/fixtures/crd-ig-2.2.1", "standards/fixtures/inferno-crd")
# Whom to send a call to whose hook nobody answers, or that has none.
ANYBODY = "spine-patient-view"
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
WHY = {
    "not-json": "is not JSON, as it was published",
    "hook-not-served": "nobody here answers this hook",
    "too-many-resources": "carries more than one request may",
    "needed-data-missing": "{missing} neither sent nor to be had: no server may be read",
    "malformed-request": "{expression} is missing or wrong",
    "answered": "has what is needed",
}
HEAD = """# Published requests and what becomes of them

Every hook call in `../shared/data/cds_requests` and `../shared/standards/fixtures`, by the hook's own service, with all
rules. *As sent*: no FHIR server may be read, so what is not in the body is missing. *With what is needed*: the same
with a patient and an empty list of conditions where none came. Written by
`pytest tests/contract/test_published_requests.py --update-golden`; read the difference.

| call | hook | as sent | why | with what is needed |
|---|---|---|---|---|
"""


class Row(NamedTuple):
    """One call: file, hook, status and word as sent and why, and with what is needed ('' if it is no call)."""

    file: str
    hook: str
    sent: str
    why: str
    completed: str


def files(shared: Path) -> Iterator[tuple[str, bytes]]:
    """Name and text of every published call; of the fixtures those that are calls."""
    for folder in FOLDERS:
        for path in sorted((shared / folder).rglob("*.json")):
            text = path.read_bytes()
            if folder == FOLDERS[0] or b'"hookInstance"' in text:
                yield f"{path.parent.name}/{path.name}", text


def rows(client: FlaskClient, entries: Sequence[ServiceEntry], needed: frozenset[str], shared: Path) -> list[Row]:
    """One row for each call, sorted by folder and name."""
    serves = {entry.hook: entry.id for entry in entries}
    return [_row(client, serves, needed, name, text) for name, text in files(shared)]


def _row(client: FlaskClient, serves: dict[str, str], needed: frozenset[str], name: str, text: bytes) -> Row:
    body = parsed(text)
    hook = str(body.get("hook", "")) if isinstance(body, dict) else ""
    address = f"/cds-services/{serves.get(hook, ANYBODY)}"
    status, word, expression = _answer(client, address, text)
    missing = sorted(needed - set(body.get("prefetch") or {})) if isinstance(body, dict) else []
    why = WHY[word].format(missing=" and ".join(missing) or "what was sent cannot be used:", expression=expression)
    completed = ""
    if hook in serves:
        again, its_word, _ = _answer(client, address, json.dumps(_completed(body)).encode())
        completed = f"{again} {its_word}"
    return Row(name, hook, f"{status} {word}", why, completed)


def _answer(client: FlaskClient, address: str, text: bytes) -> tuple[int, str, str]:
    response = client.post(address, data=text, content_type="application/json")
    (issue,) = response.get_json().get("issue", [{}])
    word = issue["details"]["coding"][0]["code"] if issue else "answered"
    return response.status_code, word, issue.get("expression", [""])[0]


def _completed(body: dict[str, Any]) -> dict[str, Any]:
    patient = str((body.get("context") or {}).get("patientId", "p")).removeprefix("Patient/")
    added = {"patient": {"resourceType": "Patient", "id": patient}, "conditions": EMPTY}
    return {**body, "prefetch": added | {key: value for key, value in (body.get("prefetch") or {}).items() if value}}


def parsed(text: bytes) -> Any:
    """The JSON value, None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def as_markdown(found: Sequence[Row]) -> str:
    """The page that people read."""
    return HEAD + "".join(f"| {' | '.join(cell or '–' for cell in row)} |\n" for row in found)
