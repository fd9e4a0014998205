"""One record for each call that was read, from what the route left in `g`, handed over when the answer is made.

Texts of cards are left out, as they may quote the record; of values, numbers and dates are taken.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, g

from service import log
from service.answer import Answered
from service.api.ports import Journal
from service.caller import Caller
from service.cards.extension import NAME
from service.hooks.location import location
from service.hooks.request import CdsRequest
from service.hooks.response import Card
from service.store.records import Call, ShownCard, ShownFinding

TEXTS = ("rule", "outcome", "kind", "topic", "indicator", "procedure", "region", "laterality", "policy")


def caller() -> Caller:
    """Who calls, as far as the check of callers knows."""
    known = getattr(g, "caller", None)
    return known if isinstance(known, Caller) else Caller()


def install(routes: Blueprint, journal: Journal) -> None:
    """Record every call of these routes whose body was read as a call, whatever became of it."""

    @routes.after_request
    def _recorded(response: Response) -> Response:
        asked = g.get("asked")
        if asked is not None:
            try:
                journal.record(_call(asked, response))
            except Exception as fault:  # the answer is right, whatever is wrong with its record
                log.failure("record-not-made", fault)
        return response


def _call(asked: CdsRequest, response: Response) -> Call:
    # What was answered, not what was about to be: an answer that failed on its way out showed no card.
    answered: Answered | None = g.get("answered") if response.status_code < 400 else None
    keys = g.get("keys") or {}
    return Call(
        time=datetime.now(UTC),
        service=g.service,
        hook=asked.hook,
        status=response.status_code,
        word=g.get("word", "answered"),
        milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        evaluation=answered.evaluation if answered else uuid4(),
        content_version=answered.content_version if answered else "",
        caller=caller(),
        hook_instance=asked.hook_instance,
        user=_text(asked.context, "userId"),
        patient=_text(asked.context, "patientId").removeprefix("Patient/"),
        encounter=_text(asked.context, "encounterId").removeprefix("Encounter/"),
        location=location(asked.context),
        read={key: {"state": known.state.value, "count": len(known.entries)} for key, known in keys.items()},
        policies=answered.policies if answered else (),
        cards=tuple(_card(card) for card in answered.response.cards) if answered else (),
    )


def _text(context: Mapping[str, Any], name: str) -> str:
    value = context.get(name)
    return value.strip() if isinstance(value, str) else ""


def _card(card: Card) -> ShownCard:
    body = card.extension[NAME]
    return ShownCard(
        uuid=card.uuid,
        findings=tuple(_finding(found) for found in (body, *body.get("findings", ()))),
        suggestions=tuple({"uuid": str(item.uuid), "label": item.label} for item in card.suggestions),
    )


def _finding(body: Mapping[str, Any]) -> ShownFinding:
    criteria = body.get("criteria", ())
    inner = [value for item in criteria for value in item.get("values", ())]
    return ShownFinding(
        **{name: str(body.get(name) or "") for name in TEXTS},
        values=tuple(_values([*body.get("values", ()), *inner])),
        criteria=tuple({"id": item["id"], "status": item["status"]} for item in criteria),
    )


def _values(values: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for value in values:
        if isinstance(value["value"], int | float) or _is_date(value["value"]):
            status = value.get("source", {}).get("status", "")
            yield {"name": value["name"], "value": value["value"], "unit": value.get("unit", ""), "status": status}


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False
