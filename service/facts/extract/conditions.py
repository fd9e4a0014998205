"""Condition → `condition` facts, one for each concept and region; words in notes → `statement` facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from service.facts.dates import UNKNOWN, age_at_least, age_at_most, first_days, said
from service.facts.extract.context import Context, code_of, codings, words
from service.facts.extract.medications import BY_TYPE, state_of
from service.facts.extract.statements import add_statements
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource
from service.terminology.anatomy import Site, join_sides, merge
from service.terminology.value_sets import Hit

NEVER_TRUE = frozenset({"entered-in-error", "refuted"})
OVER = frozenset({"inactive", "resolved", "remission"})
CONFIRMED = frozenset({"", "confirmed"})


class _Seen(NamedTuple):
    hit: Hit
    site: Site
    active: int
    confirmed: int
    onset_days: int
    onset_known: int
    onset_most: int
    source: FactSource


def conditions(context: Context) -> None:
    """One fact for each concept, region and activity; sides are joined.

    `onset_days` is the longest documented duration, `latest_days` the age of the newest entry; `onset_known` says that
    an onset was given, not only the day of writing it down; `onset_most` is the longest that it can have lasted,
    UNKNOWN without an onset, or where an entry without one was written before it.
    """
    wanted = context.sets("condition")
    seen = [item for resource in context.record.of("Condition") for item in _read(context, resource, wanted)]
    seen += prescribed_for(context)
    groups: dict[tuple[str, str, str, int], list[_Seen]] = defaultdict(list)
    regions: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for item in seen:
        regions[item.hit.set, item.hit.concept, item.active].add(item.site.region)
    for item in seen:
        known = regions[item.hit.set, item.hit.concept, item.active] - {""}
        # A code without region says nothing against the one region that others name.
        region = item.site.region or (next(iter(known)) if len(known) == 1 else "")
        groups[item.hit.set, item.hit.concept, region, item.active].append(item)
    for (set_id, concept, region, active), items in groups.items():
        levels = {item.site.level for item in items} - {""}
        fields: dict[str, Any] = {
            "set": set_id,
            "concept": concept,
            "region": region,
            "side": join_sides(item.site.side for item in items),
            "level": levels.pop() if len(levels) == 1 else "",
            "active": active,
            "confirmed": max(item.confirmed for item in items),
            "onset_days": max(item.onset_days for item in items),
            "latest_days": min((i.onset_days for i in items if i.onset_days != UNKNOWN), default=UNKNOWN),
            "onset_known": max(item.onset_known for item in items),
            "onset_most": _longest(items),
            "via": "code" if any(item.hit.via == "code" for item in items) else "text",
        }
        context.add("condition", fields, [item.source for item in items])


def _longest(items: Sequence[_Seen]) -> int:
    """An entry without an onset adds nothing to one that has it, unless it was written earlier."""
    most = max(item.onset_most for item in items)
    written = max((item.onset_days for item in items if not item.onset_known), default=UNKNOWN)
    return UNKNOWN if written > most else most


def _read(context: Context, resource: ReadResource, wanted: frozenset[str]) -> list[_Seen]:
    model: Any = resource.model
    verification = code_of(model.verificationStatus)
    if verification in NEVER_TRUE:
        context.gap(GapKind.EXCLUDED, resource, "verificationStatus", f"is {verification}; not used", matters=False)
        return []
    onset = first_days(model, context.zone, "onsetDateTime", "onsetPeriod")
    recorded = first_days(model, context.zone, "recordedDate")
    status = code_of(model.clinicalStatus)
    abated = first_days(model, context.zone, "abatementDateTime")
    active = int(status not in OVER and not (not status and abated and abated.last <= context.question.today))
    days = age_at_least(onset or recorded, context.question.today)
    found = []
    if active:
        add_notes(context, resource)
    for hit in context.hits(resource, wanted):
        notes = "" if active else (status or "over")
        when = f"since {said(onset)}" if onset else ""
        label = context.label(hit, when, notes, verification if verification not in CONFIRMED else "")
        confirmed = int(verification in CONFIRMED)
        site = site_of(context, resource, hit, model)
        source = FactSource(resource.reference, label)
        most = age_at_most(onset, context.question.today)
        found.append(_Seen(hit, site, active, confirmed, max(days, UNKNOWN), int(onset is not None), most, source))
    return found


def prescribed_for(context: Context) -> Iterator[_Seen]:
    """What the drugs taken now are prescribed for, in the sets of which some need asks for reasons."""
    wanted = frozenset(need.condition for need in context.needs if need.reasons)
    for resource in context.record.of(*BY_TYPE) if wanted else ():
        state, days = state_of(context, resource)
        for reason in (getattr(resource.model, "reasonCode", None) or ()) if state == "active" else ():
            found = context.index.by_coding("condition", codings(reason))
            if not found:
                # "History of a stent" is what it is for; what it prevents, or is denied, is not there.
                told = context.reader.statements(words(reason), context.index.phrases("condition"), past=True)
                found = [item.value for item in told if not item.negated]
            for hit in dict.fromkeys((hit.set, hit.concept, hit.via) for hit in found if hit.set in wanted):
                named = Hit(hit[0], hit[1], {}, hit[2])
                label = context.label(named, f"reason of a prescription ({said(days)})")
                # The day of the prescription is not the day on which it began.
                yield _Seen(named, Site(), 1, 1, UNKNOWN, 0, UNKNOWN, FactSource(resource.reference, label))


def site_of(context: Context, resource: ReadResource, hit: Hit, model: Any) -> Site:
    """Where: the code's own attributes first, then body site, then words; a contradiction in side is reported."""
    own = Site(*(str(hit.attributes.get(name, "")) for name in ("region", "side", "level")))
    sites = model.bodySite if isinstance(model.bodySite, list) else [model.bodySite] if model.bodySite else []
    body = merge(
        *(context.anatomy.of_codings(codings(site)) for site in sites),
        *(context.anatomy.of_words(words(site)) for site in sites),
        Site(),
    )
    text = context.anatomy.of_words(words(model.code))
    for name, first, second in (("side", own.side, body.side or text.side), ("region", own.region, body.region)):
        if first and second and first != second:
            problem = f"code says {first}, body site or words say {second}; the code was used"
            context.gap(GapKind.CONTRADICTION, resource, name, problem)
    return merge(own, body, text)


def add_notes(context: Context, resource: ReadResource) -> None:
    """Statements in the notes of a condition that some rule reads."""
    notes = getattr(resource.model, "note", None) or ()
    for note in notes:
        add_statements(context, resource, str(note.text or ""), "note", None)
