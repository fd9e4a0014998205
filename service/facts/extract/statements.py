"""Running text → `statement` facts: a phrase that some value set knows, said or denied, with its words quoted."""

from __future__ import annotations

from typing import Any

from service.facts.dates import Days, age_at_most, said
from service.facts.extract.context import Context
from service.facts.fact import FactSource
from service.fhir.record import ReadResource
from service.terminology.anatomy import Site, merge
from service.terminology.value_sets import Hit
from service.terminology.words import words_of

QUOTE = 160
NOWHERE = Site()


def add_statements(
    context: Context, resource: ReadResource, text: str, where: str, days: Days | None, site: Site = NOWHERE
) -> None:
    """Add a fact for each statement in `text`; `site` is where the whole text is about, unless a sentence says more."""
    wanted = context.sets("statement")
    if not text or not wanted:
        return
    for statement in context.reader.statements(text, context.index.phrases("statement")):
        if statement.value.set in wanted:
            own = context.anatomy.of_words(statement.sentence)
            side = context.anatomy.side(words_of(statement.sentence))
            place = merge(_attributes(statement.value), own._replace(side=side), site)
            quote = statement.sentence if len(statement.sentence) <= QUOTE else statement.sentence[: QUOTE - 1] + "…"
            label = f"“{quote}” ({resource.type}, {said(days)})"
            add_statement(context, statement.value, statement.negated, place, where, days, (resource, label))


def add_statement(
    context: Context,
    hit: Hit,
    negated: bool,
    site: Site,
    where: str,
    days: Days | None,
    source: tuple[ReadResource, str],
) -> None:
    """Add one statement fact."""
    fields: dict[str, Any] = {
        "set": hit.set,
        "concept": hit.concept,
        "region": site.region,
        "side": site.side,
        "level": site.level,
        "negated": int(negated),
        "age_days": age_at_most(days, context.question.today),
        "where": where,
    }
    context.add("statement", fields, [FactSource(source[0].reference, source[1])])


def _attributes(hit: Hit) -> Site:
    return Site(*(str(hit.attributes.get(name, "")) for name in ("region", "side", "level")))
