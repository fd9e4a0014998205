"""Orders → `order` facts, and what their words state; a drafted drug counts as a planned `medication`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.facts.dates import UNKNOWN, Days, first_days
from service.facts.extract.bookings import bookings
from service.facts.extract.conditions import site_of
from service.facts.extract.context import Context, codings, words
from service.facts.extract.doses import add_amounts
from service.facts.extract.in_hand import in_hand, index_of
from service.facts.extract.order_levels import Asked, Sessions, further_levels
from service.facts.extract.plans import BOOKING, ORDERED, scheduled
from service.facts.extract.procedures import plain
from service.facts.extract.statements import add_statements
from service.facts.fact import FactSource
from service.fhir.record import Gap, GapKind, ReadResource
from service.fhir.references import Owner
from service.fhir.repair import read
from service.terminology.anatomy import Site, merge
from service.terminology.value_sets import Hit

# Value set, concept, region and side of an order.
What = tuple[str, str, str, str]
OCCURS = ("occurrenceDateTime", "occurrencePeriod")


def orders(context: Context, recognise: Any) -> None:
    """One `order` fact for each order and concept of the sets asked for: what is in hand, then open plans."""
    drafts = list(drafted(context, recognise, ORDERED, context.sets("order")))
    booked = bookings(context, recognise)
    held = {name for plan in booked for name in (plan.resource.reference, *(source.reference for source in plan.also))}
    occurs = ((item, first_days(item.model, context.zone, *OCCURS)) for item in drafts)
    apart = [(item, [] if item.reference in held else list(_asked(context, item, days))) for item, days in occurs]
    for_bookings = [(plan, list(_asked(context, plan.resource, plan.days))) for plan in booked]
    sessions = Sessions(context, [item for _, asked in (*apart, *for_bookings) for item in asked])
    for resource, asked in apart:
        _places(context, resource)
        _add(context, resource, asked, sessions)
    for plan, asked in for_bookings:
        _add(context, plan.resource, asked, sessions, also=plan.also)
    known: dict[What, set[str]] = {}
    for fact in context.facts:
        if fact.kind == "order":
            known.setdefault(_what(fact.fields), set()).add(str(fact.fields["date"]))
    for open_plan in scheduled(context, {resource.reference for resource in drafts} | held):
        planned = list(_asked(context, open_plan.resource, open_plan.days))
        new = [item for item in planned if _tells_more(item, known)]
        _add(context, open_plan.resource, new, Sessions(context, planned), origin="scheduled")


def _asked(context: Context, resource: ReadResource, days: Days | None) -> Iterator[Asked]:
    """What an order asks for, of the sets that rules know."""
    wanted = context.sets("order")
    for hit in plain(hit for hit in resource.hits if hit.set in wanted):
        named = _named(context, resource, hit)
        site, reasons = _by_reasons(context, resource, hit, named)
        yield Asked(resource, hit, named, site, reasons, days)


def _tells_more(item: Asked, known: Mapping[What, set[str]]) -> bool:
    """Whether no order in hand is for the same, or this one is for another day."""
    dates = known.get((item.hit.set, item.hit.concept, item.site.region, item.site.side))
    return dates is None or bool(item.day and item.day not in dates)


def drafted(context: Context, recognise: Any, kind: str, wanted: frozenset[str]) -> Iterator[ReadResource]:
    """Orders in hand of one type that the sets know, read; those for another patient or unreadable are reported."""
    if not wanted or not (context.question.orders or context.question.dispatched):
        return
    index = index_of(context)
    for raw in in_hand(context, kind, index):
        name = f"{kind}/{raw.get('id')}" if raw.get("id") else f"draft {kind}"
        if raw.get("doNotPerform") is True:
            continue
        if index.owner(raw.get("subject")) is Owner.OTHER:
            problem = "the draft order is for another patient; not used"
            context.record.gaps.append(Gap(GapKind.OTHER_PATIENT, name, "subject", problem, True))
            continue
        recognised = recognise(raw, index)
        if recognised is None:
            problem = "the draft order has neither a code nor words to recognise it by; not used"
            context.record.gaps.append(Gap(GapKind.UNREAD, name, "code", problem, True))
        hits = tuple(hit for hit in recognised or () if hit.set in wanted)
        if not hits:
            continue
        reading = read(kind, raw)
        for element, what in reading.repairs:
            context.record.gaps.append(Gap(GapKind.REPAIRED, name, element, what))
        if reading.model is None:
            context.record.gaps.append(Gap(GapKind.UNREAD, name, "", reading.problem, True))
            continue
        yield ReadResource(kind, name, reading.model, hits, raw, "")


def _what(fields: Mapping[str, Any]) -> What:
    return str(fields["set"]), str(fields["concept"]), str(fields["region"]), str(fields["side"])


def _add(
    context: Context,
    resource: ReadResource,
    asked: Iterable[Asked],
    sessions: Sessions,
    origin: str = "order",
    also: tuple[FactSource, ...] = (),
) -> None:
    """An `order` fact for each thing that is asked for, and what the order's words state."""
    told: set[Site] = set()
    for item in asked:
        hit, site, others = item.hit, item.site, further_levels(context, item)
        where = " ".join(filter(None, [item.named.side, ", ".join([item.named.level or item.named.region, *others])]))
        word = _word(context, resource, origin, bool(also))
        label = context.label(hit, word, where, f"for {item.day}" if item.day else "")
        fields: dict[str, Any] = {
            "set": hit.set,
            "concept": hit.concept,
            "title": context.title(hit),
            "region": site.region,
            "side": site.side,
            "level": site.level,
            **sessions.levels(item),
            "date": item.day,
            "in_days": (item.days.first - context.question.today).days if item.days else UNKNOWN,
            "origin": origin,
            "guidance": str(hit.attributes.get("guidance", "")),
            "without": str(hit.attributes.get("without", "")) or _without(context, resource),
        }
        context.add("order", fields, [FactSource(resource.reference, label), *also, *item.reasons])
        place = {name: fields[name] for name in ("set", "concept", "side", "origin")}
        for level in others:
            elsewhere = {"region": context.anatomy.region_of_level(level), "level": level}
            context.add("order-level", {**place, **elsewhere}, [FactSource(resource.reference, label), *also])
        if site not in told:
            add_statements(context, resource, _text(resource.model), "order", None, site)
            told.add(site)
        add_amounts(context, resource, _text(resource.model))


def _places(context: Context, resource: ReadResource) -> None:
    """Where an order is to be carried out, for each procedure that it asks for."""
    model: Any = resource.model
    wanted, concepts = context.sets("place"), getattr(model, "locationCode", None) or ()
    found = context.index.by_coding("place", [coding for concept in concepts for coding in codings(concept)])
    found += [hit for concept in concepts for hit in context.index.by_text("place", words(concept))]
    places = {(hit.set, hit.concept): hit for hit in found if hit.set in wanted}.values()
    for hit in plain(hit for hit in resource.hits if hit.set in context.sets("order")):
        site, _ = _by_reasons(context, resource, hit, _named(context, resource, hit))
        for place in places:
            title = context.concept(place).title
            where = {"procedure": hit.concept, "region": site.region, "side": site.side}
            fields = {"set": place.set, "concept": place.concept, "title": title, **where}
            context.add("place", fields, [FactSource(resource.reference, f"to be done in: {title}")])


def _word(context: Context, resource: ReadResource, origin: str, booked: bool) -> str:
    if origin != "order":
        return "scheduled"
    if booked or resource.type == BOOKING:
        return "being booked"
    return "being dispatched" if context.question.dispatched else "ordered"


def _text(model: Any) -> str:
    """The words of an order, one sentence a line."""
    concepts = [getattr(model, "code", None), *(getattr(model, "orderDetail", None) or ())]
    concepts += getattr(model, "serviceType", None) or ()
    texts = [words(concept) for concept in concepts]
    texts += [str(note.text or "") for note in getattr(model, "note", None) or ()]
    texts += [str(getattr(model, name, None) or "") for name in ("patientInstruction", "description", "comment")]
    return "\n".join(text for text in texts if text)


def _booked(model: Any) -> list[str]:
    """The words of an appointment."""
    concepts = getattr(model, "serviceType", None) or ()
    named = [str(getattr(model, name, None) or "") for name in ("description", "comment")]
    return [*(words(concept) for concept in concepts), *named]


def _without(context: Context, resource: ReadResource) -> str:
    """What the order's own words leave out; of several phrases that say so the concept that its set names first."""
    wanted = context.sets("statement")
    found = context.reader.statements(_text(resource.model), context.index.phrases("statement")) if wanted else ()
    told = [one.value for one in found if one.value.set in wanted and not (one.negated or one.doubted)]
    leaving = [hit for hit in told if hit.attributes.get("without")]
    leaving.sort(key=lambda hit: list(context.index.sets[hit.set].concepts).index(hit.concept))
    return str(leaving[0].attributes["without"]) if leaving else ""


def _named(context: Context, resource: ReadResource, hit: Hit) -> Site:
    """Where the order says that it goes."""
    model: Any = resource.model
    texts = [words(concept) for concept in model.reasonCode or ()]
    site = Site(*(str(hit.attributes.get(name, "")) for name in ("region", "side", "level")))
    if context.concept(hit).away:
        return site_of(context, resource, hit, model) if resource.type == ORDERED else site
    if resource.type == ORDERED:
        texts = [words(model.code), *(str(note.text or "") for note in model.note or ()), *texts]
        site = site_of(context, resource, hit, model)
    return merge(site, *(context.anatomy.of_words(text) for text in (*texts, *_booked(model))))


def _by_reasons(context: Context, resource: ReadResource, hit: Hit, named: Site) -> tuple[Site, tuple[FactSource, ...]]:
    """What the order leaves open of its place, by the conditions it is for; each that tells something is a source."""
    if context.concept(hit).away or (named.region and named.side):
        return named, ()
    model: Any = resource.model
    site, told = named, dict[str, str]()
    reasons = {str(reference.reference) for reference in model.reasonReference or () if reference.reference}
    possible = hit.attributes.get("regions_possible")
    for fact in context.facts:
        related = [source.reference for source in fact.sources if source.reference in reasons]
        if fact.kind != "condition" or not fact.fields["active"] or not related:
            continue
        before, region = site, fact.fields["region"]
        if not site.region and (not isinstance(possible, list) or region in possible):
            site = site._replace(region=region)
        if site.region == region:
            site = site._replace(side=site.side or fact.fields["side"], level=site.level or fact.fields["level"])
        new = [after for had, after in zip(before, site, strict=True) if after != had]
        if new:
            told[related[0]] = f"{' '.join(reversed(new))}: the place of the order, by its reason"
    return site, tuple(FactSource(reference, label) for reference, label in told.items())
