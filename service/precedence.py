"""Which findings give way: what is planned is not suggested again, what comes first makes a suggestion an option."""

from __future__ import annotations

from dataclasses import replace

from service.rules.finding import Finding, Reasoning

# The derived kind that means "a procedure is in question": suggested, ordered or planned.
OPEN_QUESTION = "target"
# What else leaves a question open: something done in the visit that is ending.
OPEN_QUESTIONS = frozenset({OPEN_QUESTION, "aftercare"})
# Advice about a procedure that is not asked for is a question too: what could not be read may be why it is no.
ADVICE = frozenset({"suggestion", "advise-against"})
Place = tuple[str, str, str]
# How a procedure in question says that nobody has asked for it yet.
SUGGESTED = "suggestion"
DOCUMENTATION, COVERAGE = "documentation", "coverage"
ASKED_FOR = frozenset({"order", "scheduled"})


def not_twice(reasoning: Reasoning) -> list[Finding]:
    """The findings without those on a suggestion of what is ordered or planned there already, and offers of it."""
    asked_for: list[Place] = []
    suggested: dict[int, Place] = {}
    for number, fact in reasoning.facts.items():
        if fact.kind == OPEN_QUESTION:
            place = (fact.fields["procedure"], fact.fields["region"], fact.fields["side"])
            if fact.fields["origin"] in ASKED_FOR:
                asked_for.append(place)
            elif fact.fields["origin"] == SUGGESTED:
                suggested[number] = place
    again = {number for number, place in suggested.items() if _among(place, asked_for)}
    kept = []
    for finding in reasoning.findings:
        offer = finding.suggest
        offered = offer is not None and _among((offer.procedure, finding.region, finding.laterality), asked_for)
        rests_on = {fact.number for number in finding.facts for _, fact in reasoning.chain(number)} if again else set()
        # What has to be documented is judged once only, on whichever target it was.
        twice = bool(again & rests_on) and finding.kind != DOCUMENTATION
        if not twice and not (offered and finding.kind == SUGGESTED):
            kept.append(replace(finding, suggest=None) if offered else finding)
    return kept


def tempered(findings: list[Finding]) -> list[Finding]:
    """The findings; what has to come first takes the recommendation from a suggestion of the same place."""
    first = [finding for finding in findings if finding.comes_first]
    return [_option(finding, first) for finding in findings]


def _option(finding: Finding, first: list[Finding]) -> Finding:
    offer = finding.suggest
    if offer is None or finding.kind != SUGGESTED:
        return finding
    place = (offer.procedure, finding.region, finding.laterality)
    # What names no procedure comes before all of them.
    if any(not one.procedure or _among((one.procedure, one.region, one.laterality), [place]) for one in first):
        return replace(finding, suggest=offer.model_copy(update={"recommended": False}))
    return finding


def _among(place: Place, others: list[Place]) -> bool:
    """Whether one of the others is the same procedure and region, and not another side."""
    *what, side = place
    return any(what == other[:2] and (not side or not last or side == last) for *other, last in others)
