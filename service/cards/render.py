"""Cards for people: one line that says it, a few that say why, and where each number comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from service.cards.extension import extension
from service.facts.fact import FactSource
from service.hooks.response import Card, Coding, OverrideReason, Source, Suggestion
from service.markdown import escaped
from service.rules.finding import Finding
from service.rules.model import Override
from service.rules.model import Source as Cited
from service.rules.reason import span
from service.rules.values import RECORD

TOPICS = "https://spine-cds.org/fhir/CodeSystem/finding"
OVERRIDES = "https://spine-cds.org/fhir/CodeSystem/override-reason"
BECAUSE_SHOWN = 6
STATUS = {"secondary": "secondary source", "recalled": "not verified", "clinic": "clinic's own"}
Draft = Callable[[Finding, UUID], Suggestion | None]


def card(
    group: Sequence[Finding],
    evaluation: UUID,
    content_version: str,
    titles: Mapping[str, str],
    draft: Draft,
    overrides: Sequence[Override] = (),
) -> Card:
    """One card for a group of findings, the first of which leads; `titles` are the rules' titles by id.

    `overrides` are the reasons on offer for not following a card; those that fit the lead are given with it.
    """
    lead = group[0]
    # The policy too: of two payers each has its checklist.
    names = [lead.rule, lead.outcome, lead.procedure, lead.region, lead.laterality, lead.policy]
    uuid = uuid5(evaluation, "|".join(names))
    suggestions = _one_recommended(_apart([made for finding in group if (made := draft(finding, uuid)) is not None]))
    others = sum(not finding.part for finding in group[1:])
    # Several offers speak for themselves; a suggestion to ask for documents does not.
    more = f" (+{others} more)" if others and (not suggestions or lead.criteria) else ""
    summary = lead.summary if len(lead.summary + more) < 140 else lead.summary[: 138 - len(more)].rstrip() + "…"
    fields: dict[str, Any] = {"suggestions": suggestions, "selection_behavior": "at-most-one"} if suggestions else {}
    return Card(
        uuid=uuid,
        summary=summary + more,
        indicator=lead.indicator,  # type: ignore[arg-type]
        source=_source(lead, titles),
        detail=_detail(group),
        override_reasons=_reasons(lead, overrides),
        extension=extension(group, content_version, str(evaluation)),
        **fields,
    )


def _reasons(lead: Finding, overrides: Sequence[Override]) -> tuple[OverrideReason, ...]:
    fitting = [item for item in overrides if lead.kind in item.kinds and lead.topic in (item.topics or (lead.topic,))]
    return tuple(OverrideReason(code=item.code, system=OVERRIDES, display=item.display) for item in fitting)


def _apart(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """Each offer once and under an id of its own, which feedback will name; two findings may offer the same."""
    kept: dict[UUID, Suggestion] = {}
    for item in suggestions:
        first = kept.setdefault(item.uuid, item)
        if first.label != item.label:
            uuid = uuid5(item.uuid, item.label)
            kept.setdefault(uuid, item.model_copy(update={"uuid": uuid}))
    return list(kept.values())


def _one_recommended(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """At most one suggestion of a card may be recommended: the first; the others stay as alternatives."""
    first = next((place for place, item in enumerate(suggestions) if item.is_recommended), -1)
    return tuple(
        item if place == first or not item.is_recommended else item.model_copy(update={"is_recommended": None})
        for place, item in enumerate(suggestions)
    )


def _source(finding: Finding, titles: Mapping[str, str]) -> Source:
    cited = next((item for item in finding.sources if item.href and not item.aside), None)
    label = cited.title if cited else f"spine-cds: {titles.get(finding.rule, finding.rule)}"
    url = {"url": cited.href} if cited and cited.href.startswith("http") else {}
    topic = Coding(code=finding.topic or finding.kind, system=TOPICS)
    return Source(label=label, topic=topic, **url)


def _detail(group: Sequence[Finding]) -> str:
    """What each finding says and rests on, then all sources once; parts of a plan are told by the plan."""
    told = [finding for finding in group if not finding.part]
    known: set[FactSource] = set()
    parts = [_section(finding, number > 0, known) for number, finding in enumerate(told)]
    text = "\n\n---\n\n".join(part for part in parts if part) or group[0].summary
    sources = _sources(group)
    return "\n\n".join([text, "\n".join(["Sources:", *sources])]) if sources else text


def _section(finding: Finding, named: bool, known: set[FactSource]) -> str:
    parts = [f"**{escaped(finding.summary)}**"] if named else []
    parts += [finding.detail] if finding.detail else []
    reasons = [] if finding.criteria else [item for item in finding.because if item not in known]
    known.update(finding.because)
    if reasons:
        shown = [f"- {escaped(item.label)} ({escaped(item.reference)})" for item in reasons[:BECAUSE_SHOWN]]
        hidden = len(reasons) - BECAUSE_SHOWN
        parts.append("\n".join(["Because:", *shown, *([f"- and {hidden} more in the record"] if hidden > 0 else [])]))
    if finding.missing:
        lines = [f"- {item.what} ({item.from_}): {item.why}" for item in finding.missing]
        parts.append("\n".join(["Not found in the record:", *lines]))
    return "\n\n".join(parts)


def _sources(group: Sequence[Finding]) -> list[str]:
    """One line a source, with the numbers that rest on it; the same number is named once."""
    numbers: dict[str, list[str]] = {}
    for value in (value for finding in group for value in finding.values):
        if value.source.title != RECORD.title:
            shown = span(value.value, value.unit) if isinstance(value.value, int | float) else value.value
            numbers.setdefault(_cited(value.source), []).append(f"{value.name.replace('_', ' ')} {shown}")
    for source in (source for finding in group for source in finding.sources):
        numbers.setdefault(_cited(source), [])
    return [
        f"- {', '.join(dict.fromkeys(items))}: {cited}" if items else f"- {cited}" for cited, items in numbers.items()
    ]


def _cited(source: Cited) -> str:
    status = STATUS.get(source.status)
    where = ", ".join(part for part in (source.title, source.section) if part)
    return f"{where}{f' — {status}' if status else ''}"
