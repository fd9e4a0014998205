"""What could not be checked, as a finding: silence is a claim, and this is where it is not made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.facts.fact import FactSource
from service.facts.needs import NEEDED
from service.fhir.record import Gap, GapKind, Record
from service.fhir.sent import KeyRead, State
from service.markdown import escaped
from service.rules.finding import Finding
from service.rules.model import Missing

RULE = "service/record"
WORDS = {State.ABSENT: "not sent", State.FAILED: "failed", State.PARTIAL: "incomplete"}
NAMES = {
    "medicationStatements": "medication statements",
    "medicationRequests": "medication requests",
    "imagingStudies": "imaging studies",
    "diagnosticReports": "diagnostic reports",
    "questionnaireResponses": "questionnaire responses",
    "serviceRequests": "open orders and appointments",
    "practitionerRoles": "specialties of the performer",
}
LISTED = 8


def unchecked(record: Record, wanted: Iterable[str], open_question: bool) -> list[Finding]:
    """At most one finding; without an open question only what could hide one counts.

    That is the conditions, another patient's resource, and the draft order itself (its gaps have no key).
    """
    keys = [record.keys[key] for key in wanted if key in record.keys and record.keys[key].state is not State.COMPLETE]
    gaps = [gap for gap in record.gaps if gap.matters and gap.kind is not GapKind.INCOMPLETE]
    if not open_question:
        keys = [key for key in keys if key.key in NEEDED]
        gaps = [gap for gap in gaps if gap.kind is GapKind.OTHER_PATIENT or gap.key in {*NEEDED, ""}]
    if not keys and not gaps:
        return []
    trouble = bool(gaps) or any(key.state is not State.ABSENT for key in keys)
    return [
        Finding(
            rule=RULE,
            outcome="not-checked" if trouble else "not-sent",
            kind="could-not-check",
            indicator="warning" if trouble else "info",
            summary=_summary(keys, gaps),
            detail=_detail(keys, gaps),
            because=tuple(dict.fromkeys(FactSource(gap.where, f"{gap.element} {gap.problem}".strip()) for gap in gaps)),
            missing=tuple(Missing.model_validate({"what": _name(k.key), "from": k.key, "why": _why(k)}) for k in keys),
        )
    ]


def _summary(keys: Sequence[KeyRead], gaps: Sequence[Gap]) -> str:
    parts = [f"{_name(key.key)} ({WORDS[key.state]})" for key in keys]
    if len(gaps) == 1 and not gaps[0].key:
        parts.insert(0, gaps[0].problem.split(";")[0])
    elif gaps:
        parts.insert(0, f"{len(gaps)} {'entry' if len(gaps) == 1 else 'entries'} of the record")
    text = "Could not check: " + ", ".join(parts)
    if len(text) < 140:
        return text
    return f"Could not check {len(parts)} parts of the record; the advice may be incomplete"


def _detail(keys: Sequence[KeyRead], gaps: Sequence[Gap]) -> str:
    lines = ["Advice on this page was made without these; what they hold may change it."]
    lines += [f"- {_name(key.key)}: {_why(key)}" for key in keys]
    for gap in gaps[:LISTED]:
        lines.append(f"- {escaped(' '.join(part for part in (f'{gap.where}:', gap.element, gap.problem) if part))}")
    if len(gaps) > LISTED:
        lines.append(f"- and {len(gaps) - LISTED} more, listed in the response's extension")
    return "\n".join(lines)


def _why(key: KeyRead) -> str:
    return key.problem or ("neither sent nor fetched" if key.state is State.ABSENT else WORDS[key.state])


def _name(key: str) -> str:
    return NAMES.get(key, key)
