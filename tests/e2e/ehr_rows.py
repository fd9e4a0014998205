"""What an EHR can do to a read, one row each: how it is set up, with which settings and authorization it is asked."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.ehr import Ehr, Reply
from tests.support.clinic import Clinic, searchset

TOKEN = "canary-41aa"
AUTHORIZATION = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "spine-cds",
}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
PATIENCE = {"fetch_budget_ms": 60_000, "fetch_timeout_ms": 30_000}


@dataclass
class Scene:
    """One call: the EHR, the type that is read from it, a server that nobody may ask, and what holds an answer back."""

    ehr: Clinic
    type: str
    other: Ehr
    release: threading.Event

    def says(self, *replies: Reply) -> None:
        """What the EHR answers to a search of the type."""
        self.ehr.replies[self.type] = list(replies)

    def page(self, number: int) -> str:
        return f"/fhir/pages/{number}"

    def whole(self, **more: Any) -> Reply:
        return Reply(searchset(self.ehr.found(self.type)), **more)


@dataclass(frozen=True)
class Row:
    """What the EHR does; `complete`: the caller sees the same cards as if all had been sent."""

    does: str
    set_up: Callable[[Scene], None]
    complete: bool = False
    settings: Mapping[str, Any] = field(default_factory=lambda: PATIENCE)
    authorization: Mapping[str, Any] = field(default_factory=dict)
    asked: bool = True


def pages(scene: Scene, count: int, last: Reply | None = None) -> None:
    """Empty pages, and the patient's resources on the last one."""
    base = scene.ehr.base.removesuffix("/fhir")
    scene.says(Reply(searchset(following=base + scene.page(2))))
    for number in range(2, count):
        scene.ehr.replies[scene.page(number)] = Reply(searchset(following=base + scene.page(number + 1)))
    scene.ehr.replies[scene.page(count)] = last or scene.whole()


def packed(scene: Scene) -> None:
    text = gzip.compress(json.dumps(scene.whole().body).encode())
    scene.says(Reply(text, headers={"Content-Encoding": "gzip"}))


def with_scope(scope: str) -> dict[str, Any]:
    return {"scope": scope}


def nothing(scene: Scene) -> None:
    """The EHR does what it should."""


ROWS = (
    Row("answers", nothing, complete=True),
    Row("answers with gzip", packed, complete=True),
    Row("answers in 300 pages", lambda s: pages(s, 300), complete=True),
    Row(
        "has more pages than are read (limit set to 100)",
        lambda s: pages(s, 300),
        settings=PATIENCE | {"fetch_pages": 100},
    ),
    Row(
        "answers 503 once",
        lambda s: s.says(Reply(status=503), s.whole()),
        complete=True,
    ),
    Row(
        "answers 429 once, `Retry-After: 0`",
        lambda s: s.says(Reply(status=429, headers={"Retry-After": "0"}), s.whole()),
        complete=True,
    ),
    Row(
        "answers 429, `Retry-After` a date that has passed",
        lambda s: s.says(Reply(status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), s.whole()),
        complete=True,
    ),
    Row("answers 429, `Retry-After: 3600`", lambda s: s.says(Reply(status=429, headers={"Retry-After": "3600"}))),
    Row("answers 503 twice", lambda s: s.says(Reply(status=503))),
    Row("answers 401", lambda s: s.says(Reply(OUTCOME, 401))),
    Row("answers 403", lambda s: s.says(Reply(OUTCOME, 403))),
    Row("answers 404", lambda s: s.says(Reply(OUTCOME, 404))),
    Row("answers 500", lambda s: s.says(Reply(OUTCOME, 500))),
    Row("answers 200 with an OperationOutcome", lambda s: s.says(Reply(OUTCOME))),
    Row("puts an OperationOutcome among the entries", lambda s: s.says(Reply(searchset([OUTCOME])))),
    Row("answers HTML", lambda s: s.says(Reply(b"<html>", headers={"Content-Type": "text/html"}))),
    Row("answers half a JSON", lambda s: s.says(Reply(b'{"resourceType": "Bundle", "ent'))),
    Row("breaks off its answer", lambda s: s.says(Reply(b"{}", headers={"X-Length": "4000"}))),
    Row("hangs up", lambda s: s.says(Reply(gone=True))),
    Row("is gone at the second page", lambda s: pages(s, 2, Reply(gone=True))),
    Row("breaks off at the second page", lambda s: pages(s, 2, Reply(b"{}", headers={"X-Length": "4000"}))),
    Row(
        "is slower than one read may be",
        lambda s: s.says(s.whole(hold=s.release)),
        settings={"fetch_budget_ms": 60_000, "fetch_timeout_ms": 100},
    ),
    Row(
        "is slower than all reads may be (budget 200 ms)",
        lambda s: s.says(s.whole(hold=s.release)),
        settings={"fetch_budget_ms": 200, "fetch_timeout_ms": 30_000},
    ),
    Row(
        "answers with more than the size limit",
        lambda s: s.says(Reply(gzip.compress(b" " * 30_000_000), headers={"Content-Encoding": "gzip"})),
    ),
    Row(
        "redirects to another server",
        lambda s: s.says(Reply(status=302, headers={"Location": f"{s.other.base}/{s.type}"})),
    ),
    Row("redirects in circles", lambda s: s.says(Reply(status=302, headers={"Location": f"/fhir/{s.type}"}))),
    Row(
        "has its next page at another server",
        lambda s: s.says(Reply(searchset(s.ehr.found(s.type), f"{s.other.base}?page=2"))),
    ),
    Row(
        "has its next page beside its base URL",
        lambda s: s.says(Reply(searchset(s.ehr.found(s.type), "/admin?page=2"))),
    ),
    Row(
        "gave a token whose scopes leave the type out",
        nothing,
        authorization=with_scope("user/Patient.rs"),
        asked=False,
    ),
    Row("gave a token whose scopes cover the type in part", nothing, authorization=with_scope("user/*.rs?_tag=x")),
    Row("gave a token that does not fit", nothing, authorization={"access_token": "another"}),
    Row("gave a token that has expired", nothing, authorization={"expires_in": 0}, asked=False),
    Row("gave a token for another patient", nothing, authorization={"patient": "someone-else"}, asked=False),
)
