"""checklist.json: the checklists of a packet for programs; README.md beside this file has its shape."""

from __future__ import annotations

from collections import Counter
from typing import Any

from service.prior_auth.lines import STATUSES, ranked
from service.prior_auth.packet import Packet
from service.prior_auth.payer import remarks
from service.prior_auth.sources import Sources
from service.rules.finding import Finding
from service.rules.policy import Policy

MADE_BY = "spine-cds"


def checklist_json(packet: Packet) -> dict[str, Any]:
    """Criteria with what they rest on, by policy; members that have nothing to say are left out."""
    patient = packet.evaluation.record.patient
    said = [
        {"word": remark.word, "text": remark.text, "references": list(remark.references)}
        for remark in remarks(packet, Sources(packet))
    ]
    return {
        "made_by": MADE_BY,
        "content_version": packet.content_version,
        "day": packet.evaluation.question.today.isoformat(),
        "title": packet.title,
        "patient": patient.reference if patient else "",
        "order": packet.order_reference,
        "procedures": [_procedure(fact.fields) for fact in packet.ordered],
        "checklists": [_checklist(packet, item) for item in packet.checklists],
        **({"remarks": [_filled(item) for item in said]} if said else {}),
    }


def _procedure(fields: Any) -> dict[str, Any]:
    return _filled(
        {
            "procedure": fields["concept"],
            "title": fields["title"],
            "region": fields["region"],
            "laterality": fields["side"],
            "level": fields["level"],
            "date": fields["date"],
        }
    )


def _checklist(packet: Packet, finding: Finding) -> dict[str, Any]:
    counts = Counter(item.status for item in finding.criteria)
    missing = [{"what": item.what, "from": item.from_, "why": item.why} for item in finding.missing]
    return _filled(
        {
            "policy": _policy(packet.policies.get(finding.policy)) or {"id": finding.policy},
            "procedure": finding.procedure,
            "region": finding.region,
            "laterality": finding.laterality,
            "counts": {status: counts[status] for status in STATUSES},
            "criteria": [item.as_json() for item in ranked(finding.criteria)],
            "missing": missing,
        }
    )


def _policy(policy: Policy | None) -> dict[str, Any]:
    if policy is None:
        return {}
    return _filled(
        {
            "id": policy.id,
            "title": policy.title,
            "payer": policy.payer,
            "from": policy.from_.isoformat(),
            "until": policy.until.isoformat() if policy.until else "",
            "checked": policy.checked.isoformat(),
            "source": policy.source.as_json(),
            "note": policy.note,
        }
    )


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
