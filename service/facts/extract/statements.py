"""Running text → `statement` facts: a phrase that some value set knows, said or denied, with its words quoted."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from service.facts.dates import Days, age_at_most, said
from service.facts.extract.context import Context
from service.facts.fact import FactSource
from service.fhir.record import ReadResource
from service.terminology.anatomy import Site, merge
from service.terminology.placing import sites
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
    found = context.reader.statements(text, context.index.phrases("statement"))
    for (sentence, told, heading), together in groupby(found, key=lambda s: (s.sentence, s.told, s.heading)):
        statements = list(together)
        quote = sentence if len(sentence) <= QUOTE else sentence[: QUOTE - 1] + "…"
        source = resource, f"“{quote}” ({resource.type}, {said(days)})"
        places = sites(context.anatomy, told, [statement.span for statement in statements], heading)
        for statement, own in zip(statements, places, strict=True):
            sure = not (statement.doubted and context.concept(statement.value).certain)
            if sure and statement.value.set in wanted:
                # A clause that tells its own side outweighs what the sentence says of its levels.
                side = context.anatomy.side(words_of(statement.clause))
                for place in own:
                    place = merge(_attributes(statement.value), place._replace(side=side or place.side), site)
                    add_statement(context, statement.value, statement.negated, place, where, days, source)


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
