"""Reads findings in running text: what is said, what is denied, and what is neither (asked, feared, past).

A short list of cues after the idea of NegEx, sentence by sentence; the words that were found are kept for quotation.
Not modelled: negation across sentences, coreference, and double negation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from service.terminology.drug_words import DrugReader, DrugWords
from service.terminology.relief_words import ReliefWords
from service.terminology.told_relief import ReliefReader
from service.terminology.words import Found, Phrases, words_of

T = TypeVar("T")
SENTENCE = re.compile(r"(?<=[.;!?])\s+")
# A line break after a long line that goes on in lower case is a wrapped line, not the end of a sentence.
WRAPPED = re.compile(r"(?<=[^\r\n]{40}[^\r\n.;:!?])[ \t]*\r?\n[ \t]*(?=[a-z])")
LIST_OF_TITLES = re.compile(r"\s*(?:/|&|\band\b)\s*")
HEADING = re.compile(r"^\s*([A-Za-z /]{3,40}):\s*")
# What a line is about, as reports go level by level ("L4-5: Disc bulge. Severe stenosis.").
LABEL = re.compile(r"^\s*([^:.;]{2,30}):")
LONGEST_TEXT = 20_000
SCOPE_AFTER = 6


class ReadingFile(BaseModel):
    """rulesets/_codes/_reading.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: str
    source: dict[str, str]
    licence: str
    reviewed: Any
    negation_before: tuple[str, ...]
    no_negation: tuple[str, ...] = ()
    negation_after: tuple[str, ...]
    uncertain: tuple[str, ...]
    past: tuple[str, ...]
    terminators: tuple[str, ...]
    sections_skipped: tuple[str, ...]
    sections_read: tuple[str, ...]
    medication: DrugWords = DrugWords()
    relief: ReliefWords = ReliefWords()


class Statement(NamedTuple, Generic[T]):
    """A phrase that a text states or denies, with its words' place in the sentence it stands in.

    `heading` is what the line began with before a colon ("L4-5: ..."), where the sentence itself is not it.
    """

    value: T
    negated: bool
    sentence: str
    span: tuple[int, int] = (0, 0)
    heading: str = ""


class TextReader:
    """Finds statements of known phrases."""

    def __init__(self, file: ReadingFile) -> None:
        # One table for all cues; inside each list a cue within a longer one does not count.
        self._cue: Phrases[tuple[str, str]] = Phrases(lambda cue: cue[0])
        lists = (
            ("before", "negated", file.negation_before),
            ("before", "stop", file.no_negation),
            ("unsure", "unsure", file.uncertain + file.past),
            ("after", "after", file.negation_after),
            ("stop", "stop", file.terminators),
        )
        for name, value, texts in lists:
            for text in texts:
                self._cue.add(text, (name, value))
        self._skipped = frozenset(file.sections_skipped)
        self._known = self._skipped | frozenset(file.sections_read)
        self.drugs = DrugReader(file.medication)
        self.relief = ReliefReader(file.relief)

    def statements(self, text: str, phrases: Phrases[T]) -> Iterator[Statement[T]]:
        """Statements in reading order; phrases that are asked, feared or past are left out."""
        for sentence, label in self._sentences(text[:LONGEST_TEXT]):
            words = words_of(sentence)
            found = phrases.find(words)
            if not found:
                continue
            cues = self._cues(words)
            for item in found:
                verdict = _verdict(item, cues)
                if verdict != "unsure":
                    span = item.start, item.end
                    yield Statement(item.value, verdict == "negated", sentence.strip(), span, label)

    def _sentences(self, text: str) -> Iterator[tuple[str, str]]:
        """Sentences with the label of their line; a label alone on its line holds until an empty line or the next."""
        skipping = False
        for line, label in _labelled(WRAPPED.sub(" ", text).splitlines()):
            for place, sentence in enumerate(SENTENCE.split(line)):
                heading = HEADING.match(sentence)
                titles = set(LIST_OF_TITLES.split(heading.group(1).strip().lower())) if heading else set()
                if heading and titles & self._known:
                    skipping = titles <= self._skipped
                    sentence = sentence[heading.end() :]
                elif heading and place == 0 and heading.group(1).isupper():
                    skipping = False  # a title of its own ends what was skipped, whatever it is
                if not skipping and sentence.strip():
                    yield sentence, label

    def _cues(self, words: Sequence[str]) -> list[Found[str]]:
        return [Found(cue.start, cue.end, cue.value[1]) for cue in self._cue.find(words)]


def _labelled(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Lines with their label; one with several ("C5-6: ... L4-5: ...") has none that holds for all of it."""
    standing = ""
    for line in lines:
        found = [match for match in map(LABEL.match, SENTENCE.split(line)) if match]
        if found or not line.strip():
            standing = found[0].group(1) if found and not line[found[0].end() :].strip() else ""
        yield line, (found[0].group(1) if len(found) == 1 else "") if found else standing


def _verdict(item: Found[Any], cues: Sequence[Found[str]]) -> str:
    verdict, until = "said", 0
    # A phrase that begins with a terminator ("severe stenosis") is denied only by a word right before it.
    ends_scope = any(cue.value == "stop" and cue.start == item.start for cue in cues)
    barred = min((cue.start for cue in cues if cue.value == "stop" and cue.start >= item.end), default=None)
    for cue in cues:
        if cue.end <= item.start:
            # The nearest cue before the phrase decides; a terminator ends the scope of an earlier one.
            if cue.value in ("negated", "unsure"):
                verdict, until = cue.value, cue.end
            elif cue.value == "stop":
                verdict = "said"
        elif cue.start >= item.end and cue.value == "after" and cue.start - item.end <= SCOPE_AFTER:
            return verdict if barred is not None and barred < cue.start else "negated"
    return "said" if verdict == "negated" and ends_scope and until < item.start else verdict
