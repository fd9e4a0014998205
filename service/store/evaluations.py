"""A call becomes rows: identifiers become keyed hashes, scoped by caller, as two sites may both have a Patient/1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, insert

from service.store.keys import Keys
from service.store.models import Card, Evaluation, Finding, Row
from service.store.records import Call, ShownCard, ShownFinding

USER_TYPE = re.compile(r"(?:^|/)(Practitioner|PractitionerRole|Patient|RelatedPerson)/")


def insert_calls(connection: Connection, keys: Keys, calls: Sequence[Call]) -> None:
    """Write calls with all their cards and findings."""
    cards = [(call, place, card) for call in calls for place, card in enumerate(call.cards)]
    findings = [(card, place, finding) for _, _, card in cards for place, finding in enumerate(card.findings)]
    connection.execute(insert(Evaluation), [evaluation_row(call, keys) for call in calls])
    if cards:
        connection.execute(insert(Card), [_card_row(*item) for item in cards])
    if findings:
        connection.execute(insert(Finding), [_finding_row(*item) for item in findings])


def evaluation_row(call: Call, keys: Keys) -> Row:
    """The row of one call."""
    who = call.caller

    def hashed(kind: str, identifier: str) -> str:
        return keys.pseudonym(kind, who.issuer, who.tenant, identifier)

    typed = USER_TYPE.search(call.user)
    return {
        "id": call.evaluation,
        "time": call.time,
        "service": call.service,
        "hook": call.hook,
        "hook_instance": keys.uuid(call.hook_instance),
        "issuer": stored_text(who.issuer),
        "tenant": stored_text(who.tenant),
        "user_type": typed.group(1) if typed else "",
        "user_hash": hashed("user", call.user),
        "patient_hash": hashed("patient", call.patient),
        "encounter_hash": hashed("encounter", call.encounter),
        "location_hash": hashed("location", call.location),
        "status": call.status,
        "word": call.word,
        "milliseconds": call.milliseconds,
        "content_version": call.content_version,
        "read": dict(call.read),
        "policies": list(call.policies),
        "cards_by_kind": dict(Counter(card.findings[0].kind for card in call.cards if card.findings)),
    }


def stored_text(value: str) -> str:
    """Without what PostgreSQL cannot hold: NUL, and halves of a surrogate pair."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _card_row(call: Call, place: int, card: ShownCard) -> Row:
    return {
        "id": card.uuid,
        "evaluation_id": call.evaluation,
        "place": place,
        "suggestions": [dict(item) for item in card.suggestions],
    }


def _finding_row(card: ShownCard, place: int, finding: ShownFinding) -> Row:
    return {
        "card_id": card.uuid,
        "place": place,
        "rule": finding.rule,
        "outcome": finding.outcome,
        "kind": finding.kind,
        "topic": finding.topic,
        "indicator": finding.indicator,
        "procedure": finding.procedure,
        "region": finding.region,
        "laterality": finding.laterality,
        "policy": finding.policy,
        "values": [dict(item) for item in finding.values],
        "criteria": [dict(item) for item in finding.criteria],
    }
