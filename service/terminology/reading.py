"""Reads findings in running text: what is said, denied or doubted, and what is none of these (asked, feared, past).

Sentence by sentence; the words that were found are kept for quotation. What cues mean stands in `cues`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from service.terminology import cues
from service.terminology.drug_words import DrugReader, DrugWords
from service.terminology.relief_words import ReliefWords
from service.terminology.told_relief import ReliefReader
from service.terminology.words import Found, Phrases, words_of

T = TypeVar("T")
SENTENCE = re.compile(r"(?<=[.;!?])\s+")
CLAUSE = re.compile(r"[,;]")
# A line break after a long line that goes on in lower case is a wrapped line, not the end of a sentence.
WRAPPED = re.compile(r"(?<=[^\r\n]{40}[^\r\n.;:!?])[ \t]*\r?\n[ \t]*(?=[a-z])")
LIST_OF_TITLES = re.compile(r"\s*(?:/|&|\band\b)\s*")
HEADING = re.compile(r"^\s*([A-Za-z /]{3,40}):\s*")
# What a line is about, as reports go level by level ("L4-5: Disc bulge. Severe stenosis.").
LABEL = re.compile(r"^\s*([^:.;]{2,30}):")

# What signs and forms say in place of words: "?abscess", "(-) fever", "fever (-)", "Foot drop: no".
SIGNS = (
    (re.compile(r"(?:(?<=\s)|(?<=^))\?+\s*(?=[A-Za-z])"), "query "),
    (re.compile(r"\(-\)\s*(?=[A-Za-z])"), "no "),
    (re.compile(r"\s*\(-\)(?=\s*(?:[,;.]|$))"), " is absent"),
    (
        re.compile(
            # A name of any length would be sought from each letter of a text without a colon to its end.
            r"(?<![A-Za-z])([A-Za-z][A-Za-z /-]{0,80}):\s*"
            r"(?:no|none|negative|neg|denied|denies|absent)\b(?=\s*(?:[,;.]|$))",
            re.I,
        ),
        r"no \1",
    ),
)
LONGEST_TEXT = 20_000
NEVER = "(?!)"


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
    doubt_before: tuple[str, ...] = ()
    doubt_after: tuple[str, ...] = ()
    uncertain: tuple[str, ...]
    uncertain_after: tuple[str, ...] = ()
    past: tuple[str, ...]
    no_past: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    done_with: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    terminators: tuple[str, ...]
    sections_skipped: tuple[str, ...]
    sections_read: tuple[str, ...]
    goals: tuple[str, ...] = ()
    medication: DrugWords = DrugWords()
    relief: ReliefWords = ReliefWords()

    def cues(self) -> cues.Cues:
        """All cues as one table."""
        return cues.Cues(
            (
                ("before", cues.NEGATED, self.negation_before),
                ("before", cues.STOP, self.no_negation),
                ("before", cues.DOUBTED, self.doubt_before),
                ("before", cues.UNSURE, self.uncertain),
                ("before", cues.PAST, self.past),
                ("before", cues.DONE, self.done),
                ("before", cues.STOP, self.no_past),
                ("with", cues.WITH, self.done_with),
                ("after", cues.NEGATED, self.negation_after),
                ("after", cues.DOUBTED, self.doubt_after),
                ("after", cues.UNSURE, self.uncertain_after),
                ("after", cues.STILL, self.still),
                ("stop", cues.STOP, self.terminators),
            )
        )


class Statement(NamedTuple, Generic[T]):
    """A phrase that a text states, doubts or denies, with its words' place (`span`) in its sentence.

    `told` is the sentence with words in place of signs, `heading` what the line began with before a colon
    ("L4-5: ..."), `clause` the part of the sentence that tells the finding's own side, '' where no part does.
    """

    value: T
    negated: bool
    sentence: str
    told: str = ""
    span: tuple[int, int] = (0, 0)
    heading: str = ""
    doubted: bool = False
    clause: str = ""


class TextReader:
    """Finds statements of known phrases; `places` are words of level and side that may stand within a phrase."""

    def __init__(self, file: ReadingFile, places: Collection[str] = (), sides: Collection[str] = ()) -> None:
        self._cues = file.cues()
        self._places, self._sides, self._free = frozenset(places), frozenset(sides), frozenset(file.free)
        self._skipped = frozenset(file.sections_skipped)
        self._known = self._skipped | frozenset(file.sections_read)
        goals = "|".join(map(re.escape, sorted(file.goals, key=len, reverse=True))) or NEVER
        self._goal = re.compile(rf"(?<!no )(?<!without )\b(?:{goals})\b\s*(:?)", re.IGNORECASE)
        self.drugs = DrugReader(file.medication)
        self.relief = ReliefReader(file.relief)

    def statements(self, text: str, phrases: Phrases[T], past: bool = False) -> Iterator[Statement[T]]:
        """Statements in reading order; phrases that are asked, feared or (without `past`) past are left out."""
        for sentence, label in self._sentences(text[:LONGEST_TEXT]):
            told = _told(sentence)
            words = words_of(told)
            found = phrases.find(words, self._within(words))
            if not found:
                continue
            known = self._cues.of(words)
            for item in found:
                what = cues.verdict(item, known, past)
                if what != cues.UNSURE:
                    negated, doubted, span = what == cues.NEGATED, what == cues.DOUBTED, (item.start, item.end)
                    clause = "" if negated else self._clause(told, item, found, known)
                    yield Statement(item.value, negated, sentence.strip(), told, span, label, doubted, clause)

    def aims(self, text: str) -> Iterator[str]:
        """What a text says behind a word for a goal: the rest of the sentence, behind a colon the rest of the line."""
        for line in text[:LONGEST_TEXT].splitlines():
            titled = self._goal.search(line)
            if titled and titled.group(1):
                yield line[titled.end() :]
                continue
            found = ((sentence, self._goal.search(sentence)) for sentence in SENTENCE.split(line))
            yield from (sentence[match.end() :] for sentence, match in found if match)

    def _within(self, words: Sequence[str]) -> set[int]:
        """Places of levels and sides ("unstable L1 burst fracture"), the second level of a pair with them."""
        if self._places.isdisjoint(words) and self._sides.isdisjoint(words):
            return set()
        found = {place for place, word in enumerate(words) if word in self._places or word in self._sides}
        pairs = {place + 1 for place in found if words[place] in self._places}
        return found | {place for place in pairs if place < len(words) and words[place].isdigit()}

    def _clause(self, sentence: str, item: Found[Any], found: Sequence[Found[Any]], known: Sequence[Found[Any]]) -> str:
        """The part between commas that holds the phrase, where every other part with a side has its own finding."""
        parts, first, own = [], 0, ""
        if self._sides.isdisjoint(words_of(sentence)):
            return ""
        for part in CLAUSE.split(sentence):
            words = words_of(part)
            last = first + len(words)
            if first <= item.start < last:
                own = part
            told = self._sides.isdisjoint(words) or not self._free.isdisjoint(words)
            parts.append((part, told, first, last))
            first = last
        if not own or self._sides.isdisjoint(words_of(own)):
            return ""
        denials = [cue for cue in known if cue.value == ("before", cues.NEGATED)]
        settled = all(
            part is own or told or any(start <= other.start < end for other in (*found, *denials))
            for part, told, start, end in parts
        )
        return own if settled and own != sentence else ""

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


def _labelled(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Lines with their label; one with several ("C5-6: ... L4-5: ...") has none that holds for all of it."""
    standing = ""
    for line in lines:
        found = [match for match in map(LABEL.match, SENTENCE.split(line)) if match]
        if found or not line.strip():
            standing = found[0].group(1) if found and not line[found[0].end() :].strip() else ""
        yield line, (found[0].group(1) if len(found) == 1 else "") if found else standing


def _told(sentence: str) -> str:
    """The sentence with words in place of signs."""
    for sign, instead in SIGNS:
        sentence = sign.sub(instead, sentence)
    return sentence
