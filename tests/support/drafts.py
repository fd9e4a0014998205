"""Drafts of requests in tests: the whole record, or with something else instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.evaluate import Evaluator
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.pas import PasDraft, draft_request
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import PasVersion
from tests.support import prior_auth as made

Made = dict[str, Any]


def drafted(
    evaluator: Evaluator,
    record: Sequence[Made] = made.RECORD,
    order: Made = made.ORDER,
    beside: Sequence[Made] = (made.INSURER, made.CLINIC),
    billing: Billing = made.BILLING,
    release: PasVersion = "2.2.1",
    coverage: Made | None = None,
) -> PasDraft:
    """The draft of a request."""
    packet = made.packet(evaluator, record, order=order, beside=beside)
    sources = Sources.of_evaluation(packet.evaluation)
    return draft_request(packet.order, sources, billing, made.NOW, release, coverage=coverage)


def instead(*others: Made) -> list[Made]:
    """The record with other resources of the same id."""
    ids = {item["id"] for item in others}
    return [*(item for item in made.RECORD if item["id"] not in ids), *others]


def entries(draft: PasDraft) -> dict[str, Made]:
    """The resources of a draft by reference."""
    assert draft.bundle is not None, draft.missing
    found = [entry["resource"] for entry in draft.bundle["entry"]]
    return {f"{item['resourceType']}/{item['id']}": item for item in found}
