"""Cues around a phrase: what makes it denied, doubted, asked or past, after the idea of NegEx.

The nearest cue before the phrase decides, unless a terminator ends its scope; one close behind it outweighs that.
Not modelled: negation across sentences, coreference, and double negation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from service.terminology.words import Found, Phrases

SAID, NEGATED, DOUBTED, UNSURE, PAST = "said", "negated", "doubted", "unsure", "past"
# Done in the past; what it is told "with" is there today.
DONE, WITH, STOP, STILL = "done", "with", "stop", "still"
LEFT_OUT = frozenset({UNSURE, PAST, DONE})
SCOPE_AFTER = 6


class Cues:
    """The table of cues; inside each of its groups a cue within a longer one does not count."""

    def __init__(self, lists: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        self._phrases: Phrases[tuple[str, str]] = Phrases(lambda cue: cue[0])
        for group, verdict, texts in lists:
            for text in texts:
                self._phrases.add(text, (group, verdict))

    def of(self, words: Sequence[str]) -> list[Found[tuple[str, str]]]:
        """The cues of a sentence in order of place, as (group, verdict)."""
        return self._phrases.find(words)


def verdict(item: Found[Any], cues: Sequence[Found[tuple[str, str]]], past: bool = False) -> str:
    """Whether a phrase is said, denied, doubted, or none of them; with `past` what was counts as what is."""
    found, until, still = SAID, 0, past
    # A phrase that begins with a terminator ("severe stenosis") is denied only by a word right before it.
    ends_scope = any(cue.value[1] == STOP and cue.start == item.start for cue in cues)
    barred = min((cue.start for cue in cues if cue.value[1] == STOP and cue.start >= item.end), default=None)
    for cue in cues:
        group, what = cue.value
        if group == "after":
            if what == STILL and (cue.end <= item.start or 0 <= cue.start - item.end <= SCOPE_AFTER):
                still = True
            elif what != STILL and 0 <= cue.start - item.end <= SCOPE_AFTER:
                found = found if barred is not None and barred < cue.start else what
                return _settled(found, still)
        elif cue.end <= item.start:
            if what == STOP or (what == WITH and found == DONE):
                found = SAID
            elif what != WITH:
                found, until = what, cue.end
    if found == NEGATED and ends_scope and until < item.start:
        return SAID
    return _settled(found, still)


def _settled(found: str, still: bool) -> str:
    """What was seen before and is seen again is there; what else is past is left out."""
    if found in (PAST, DONE) and still:
        return SAID
    return UNSURE if found in LEFT_OUT else found
