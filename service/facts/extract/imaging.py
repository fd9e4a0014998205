"""ImagingStudy and DiagnosticReport → `imaging` facts, and `statement` facts from their words and conclusion codes."""

from __future__ import annotations

from typing import Any

from service.facts.dates import Days, age_at_most, first_days, said
from service.facts.extract.context import Context, codings, words
from service.facts.extract.statements import add_statement, add_statements
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource
from service.terminology.anatomy import Site, merge
from service.terminology.value_sets import Hit

NOT_THERE = frozenset({"entered-in-error", "cancelled", "registered"})
WITHOUT_REPORT = frozenset({"ImagingStudy"})


def imaging(context: Context) -> None:
    """One `imaging` fact for each study or report and concept; statements from their texts."""
    for resource in context.record.of("ImagingStudy", "DiagnosticReport"):
        model: Any = resource.model
        if model.status in NOT_THERE:
            context.gap(GapKind.EXCLUDED, resource, "status", f"is {model.status}; not used", matters=False)
            continue
        days = first_days(model, context.zone, "started", "effectiveDateTime", "effectivePeriod", "issued")
        if not context.in_past(resource, days, "date"):
            continue
        regions = _regions(context, resource)
        _studies(context, resource, days, regions)
        _texts(context, resource, days, regions[0] if len(regions) == 1 else "")


def _studies(context: Context, resource: ReadResource, days: Days | None, regions: list[str]) -> None:
    for hit in context.hits(resource, context.sets("imaging")):
        own = str(hit.attributes.get("region", ""))
        # A code means its region alone; words may name another beside it.
        for region in [own] if own and hit.via == "code" else regions or [own]:
            label = f"{context.label(hit, region)} ({said(days)})"
            fields: dict[str, Any] = {
                "set": hit.set,
                "concept": hit.concept,
                "region": region,
                "age_days": age_at_most(days, context.question.today),
            }
            context.add("imaging", fields, [FactSource(resource.reference, label)])


def _texts(context: Context, resource: ReadResource, days: Days | None, about: str) -> None:
    model: Any = resource.model
    region = Site(region=about)
    if resource.type == "ImagingStudy":
        add_statements(context, resource, str(model.description or ""), "study", days, region)
        for note in model.note or ():
            add_statements(context, resource, str(note.text or ""), "study", days, region)
        return
    add_statements(context, resource, str(model.conclusion or ""), "report", days, region)
    for concept in model.conclusionCode or ():
        hits = context.index.by_coding("statement", codings(concept))
        place = merge(context.anatomy.of_words(words(concept)), region)
        for hit in hits:
            if hit.set in context.sets("statement"):
                label = f"{context.label(hit)} (coded conclusion, {said(days)})"
                add_statement(context, hit, False, _place(hit, place), "report", days, (resource, label))
    if not model.conclusion and not model.conclusionCode and resource.raw.get("presentedForm"):
        context.gap(
            GapKind.UNREAD, resource, "presentedForm", "the report is an attachment, its findings were not read"
        )


def _regions(context: Context, resource: ReadResource) -> list[str]:
    """What a study shows: regions of its codes, else of its title, else of its report or series."""
    model: Any = resource.model
    named = context.anatomy.regions
    if resource.type == "DiagnosticReport":
        placed = [hit for hit in resource.hits if hit.attributes.get("region")]
        coded = dict.fromkeys(str(hit.attributes["region"]) for hit in placed if hit.via == "code")
        return list(coded) or named(words(model.code)) or named(str(model.conclusion or ""))
    titles = [str(model.description or ""), *(words(concept) for concept in model.procedureCode or ())]
    sites = [context.anatomy.of_codings(codings(series.bodySite)).region for series in model.series or ()]
    return named(" . ".join(titles)) or list(dict.fromkeys(filter(None, sites)))


def _place(hit: Hit, site: Site) -> Site:
    return merge(Site(*(str(hit.attributes.get(name, "")) for name in ("region", "side", "level"))), site)
