"""What the codes and the own words of a medication say together: which drugs, and whether stopped, denied or local.

Attributes of the hits: `said` and `cue` (stopped, held or denied, and by which words), `form` (local), `spelt` (what
was written where a mistyped name was read).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from service.terminology.drug_words import PRESENCE, DrugReader, Said, unique
from service.terminology.systems import system_name
from service.terminology.value_sets import CodeIndex, Hit
from service.terminology.words import Spellings, words_of

KIND = "medication"
LOCAL = "local"
# Who writes one of these does not mistype: the words beside it come from the same table.
DRUG_CODES = frozenset({"rxnorm", "ndc", "atc", "snomed"})


def drug_hits(
    index: CodeIndex, reader: DrugReader, codings: Sequence[Any], texts: Sequence[str], sets: frozenset[str]
) -> list[Hit]:
    """Hits for one coded or worded drug: its codes, and its words for the sets that no code speaks for."""
    coded = [hit for hit in index.by_coding(KIND, codings) if hit.set in sets]
    said = [
        item
        for text in texts
        for item in reader.read(text, index.phrases(KIND), None if coded else _guesses(index, codings))
        if item.hit.set in sets
    ]
    if not coded and not said:
        return []
    known = {hit.set for hit in coded}
    # One code can serve two salts; then the words decide between them.
    also = {hit.attributes["also"] for hit in coded if "also" in hit.attributes}
    words = [word for text in texts for word in words_of(text)]
    hits = [_told(index, reader, hit, words, [item for item in said if _same(item.hit, hit)]) for hit in coded]
    for hit in unique(item.hit for item in said):
        if hit.set not in known or hit.concept in also:
            items = [item for item in said if _same(item.hit, hit)]
            hits.append(_told(index, reader, hit, [word for item in items for word in item.words], items))
    return hits


def in_form(hits: Iterable[Hit], reader: DrugReader, index: CodeIndex, form: str) -> list[Hit]:
    """The hits, with what the dose form of the medication says of them."""
    words = words_of(form)
    return [
        hit._replace(attributes={**hit.attributes, "form": LOCAL})
        if words and reader.forms.is_local([*words_of(index.concept(hit.set, hit.concept).title), *words])
        else hit
        for hit in hits
    ]


def _guesses(index: CodeIndex, codings: Iterable[Any]) -> Spellings | None:
    """Mistyped names are looked for only where no table of drugs wrote the words."""
    coded = any(coding.get("code") and system_name(str(coding.get("system") or "")) in DRUG_CODES for coding in codings)
    return None if coded else index.spellings(KIND)


def _told(index: CodeIndex, reader: DrugReader, hit: Hit, words: Sequence[str], said: Sequence[Said]) -> Hit:
    """A hit with what its words say of it: the text and the displays of a coding are one saying."""
    attributes = dict(hit.attributes)
    item = max(said, key=lambda item: PRESENCE.index(item.verdict), default=None)
    if item is not None and item.verdict:
        attributes |= {"said": item.verdict, "cue": item.cue}
    if item is not None and item.slip:
        attributes["spelt"] = item.slip
    if reader.forms.is_local([*words_of(index.concept(hit.set, hit.concept).title), *words]):
        attributes["form"] = LOCAL
    return index.narrowed(hit._replace(attributes=attributes), words)


def _same(one: Hit, other: Hit) -> bool:
    return (one.set, one.concept) == (other.set, other.concept)
