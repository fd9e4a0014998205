"""Which doses of which drugs running text tells as given: the name, not denied, and the milligrams beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from service.facts.extract.context import Context
from service.facts.extract.dosage import UNKNOWN
from service.terminology.amounts import milligrams
from service.terminology.words import WORD

LONGEST_TEXT = 20_000
SENTENCE = re.compile(r"(?<=[.;!?])\s+|[\r\n]+")
# Sentences of a note that are about other days. Technique and procedure, left out of reports, are what is wanted here.
ELSEWHERE = re.compile(
    r"^\s*[a-z ]{0,20}\b(?:history|indications?|allerg(?:y|ies)|comparison|plan|hpi)\b[^:]{0,20}:", re.IGNORECASE
)
UNIT = re.compile(r"(?:[.,]\d+)?\s*-?\s*(?:mg|milligrams?|ml|cc)\b", re.IGNORECASE)
# A negation reaches no further than its clause: "no complications, 40 mg was injected".
CLAUSE = re.compile(r"[,;:]|\b(?:and|but|then|with)\b", re.IGNORECASE)


def told(context: Context, sets: Collection[str], drugs: Collection[str], texts: Iterable[str]) -> dict[str, float]:
    """Drugs that texts name, each with the largest milligrams beside its name; UNKNOWN where none stand there."""
    found: dict[str, float] = {}
    for text in texts:
        for sentence in SENTENCE.split(text[:LONGEST_TEXT]):
            if not ELSEWHERE.match(sentence):
                for drug, mg in _in_sentence(context, sets, drugs, sentence):
                    found[drug] = max(mg, found.get(drug, UNKNOWN))
    return found


def _in_sentence(
    context: Context, sets: Collection[str], drugs: Collection[str], sentence: str
) -> Iterator[tuple[str, float]]:
    places = [match.span() for match in WORD.finditer(sentence.lower())]
    words = [sentence.lower()[start:end] for start, end in places]
    hits = [
        (item.value.concept, _place(sentence, places[item.start : item.end]))
        for item in context.index.phrases("medication").find(words)
        if item.value.set in sets and item.value.concept in drugs
    ]
    for drug, place in hits:
        if _is_said(context, sentence, place, drug):
            mg = milligrams(sentence, place, [other for _, other in hits if other != place])
            yield drug, mg if mg is not None else UNKNOWN


def _place(sentence: str, words: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Where a name stands; a number at its end that has a unit is an amount, no part of a brand's name."""
    (start, _), (last, end) = words[0], words[-1]
    if len(words) > 1 and sentence[last:end].isdigit() and UNIT.match(sentence, end):
        end = words[-2][1]
    return start, end


def _is_said(context: Context, sentence: str, place: tuple[int, int], drug: str) -> bool:
    """Whether the clause around a name says it, rather than denying it or speaking of another time."""
    first = max((match.end() for match in CLAUSE.finditer(sentence, 0, place[0])), default=0)
    last = CLAUSE.search(sentence, place[1])
    clause = sentence[first : last.start() if last else len(sentence)]
    found = context.reader.statements(clause, context.index.phrases("medication"))
    return any(item.value.concept == drug and not item.negated for item in found)
