"""What of the safety findings a payer is told: red flags and warnings, not the tips between service and clinician."""

from __future__ import annotations

from dataclasses import replace

from service.prior_auth.packet import Packet
from service.rules.finding import Finding

SAFETY = ("red-flag", "safety-alert")
INDICATORS = ("critical", "warning", "info")
NOTE = "info"


def safety_findings(packet: Packet) -> list[Finding]:
    """Red flags, and warnings about the procedure ordered or about none in particular; each sentence once."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in sorted(_alerts(packet), key=lambda item: (INDICATORS.index(item.indicator), item.summary)):
        if finding.indicator != NOTE:
            known = found.setdefault((finding.indicator, finding.summary), finding)
            because = tuple(dict.fromkeys([*known.because, *finding.because]))
            found[(finding.indicator, finding.summary)] = replace(known, because=because)
    return list(found.values())


def left_out(packet: Packet) -> int:
    """How many notes to the clinician are no warnings."""
    return len({finding.summary for finding in _alerts(packet) if finding.indicator == NOTE})


def _alerts(packet: Packet) -> list[Finding]:
    about = {(fact.fields["concept"], fact.fields["region"]) for fact in packet.ordered}
    about |= {(item.procedure, item.region) for item in packet.checklists}
    return [
        finding
        for finding in packet.evaluation.findings
        if finding.kind in SAFETY
        and (finding.kind == SAFETY[0] or not finding.procedure or (finding.procedure, finding.region) in about)
        and not finding.part
    ]
