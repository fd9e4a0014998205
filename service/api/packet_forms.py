"""A packet as it goes out: the record that a team works with, its history, and the forms of its content by Accept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from service.store.packet_records import Authorization, Change, Content, CriterionLine, Kept, Note
from service.store.packet_search import OPEN

COUNTED = ("met", "not-met", "not-documented", "not-applicable")


def record(kept: Kept, notes: Sequence[Note] = ()) -> dict[str, Any]:
    """The packet as it stands; what does not apply is left out."""
    body = {
        "id": str(kept.id),
        "version": kept.version,
        "state": kept.state,
        "content": kept.content,
        "created": kept.created.isoformat(),
        "changed": kept.changed.isoformat(),
        "title": kept.title,
        "patient": kept.patient,
        "order": kept.order,
        "procedure": kept.procedure,
        "region": kept.region,
        "laterality": kept.laterality,
        "serviceDate": kept.service_date.isoformat() if kept.service_date else "",
        "policies": list(kept.policies),
        "checklists": _checklists(kept.lines),
        "authorization": _authorization(kept.authorization),
        "contentVersion": kept.content_version,
        "notes": [note._asdict() for note in notes],
    }
    return {name: value for name, value in body.items() if value}


def working(kept: Kept, content: Content) -> dict[str, Any]:
    """The packet with the checklist of one evaluation."""
    return {**record(kept, content.notes), "content": content.number, "checklist": content.checklist}


def history(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """What happened, in its order; the user is a keyed hash, the same for the same person."""
    return [_change(change) for change in changes]


def _change(change: Change) -> dict[str, Any]:
    body = {
        "time": change.time.isoformat(),
        "what": change.what,
        "from": change.from_,
        "to": change.to,
        "user": change.user,
        "userType": change.user_type,
        "reason": change.reason,
        "authorization": _authorization(change.authorization),
        "content": change.content,
    }
    return {name: value for name, value in body.items() if value}


def _checklists(lines: Sequence[CriterionLine]) -> list[dict[str, Any]]:
    return [
        _checklist(policy, [x for x in lines if x.policy == policy])
        for policy in dict.fromkeys(x.policy for x in lines)
    ]


def _checklist(policy: str, lines: Sequence[CriterionLine]) -> dict[str, Any]:
    counts = {status: sum(line.status == status for line in lines) for status in COUNTED}
    payer = {"payer": lines[0].payer} if lines[0].payer else {}
    missing = list(dict.fromkeys(line.criterion for line in lines if line.status in OPEN))
    return {"policy": policy, **payer, "counts": counts, **({"missing": missing} if missing else {})}


def _authorization(given: Authorization) -> dict[str, str]:
    number = {"number": given.number} if given.number else {}
    return {**number, **({"expires": given.expires.isoformat()} if given.expires else {})}
