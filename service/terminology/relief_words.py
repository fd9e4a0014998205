"""The words that tell of relief, and a text cut into tokens with what each stretch of words means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from service.terminology.words import Found, Phrases, plain

LONGEST_TEXT = 20_000
SENTENCE = re.compile(r"(?<=[.;!?])\s+")
HEADING = re.compile(r"^\s*([a-z /&]{3,40}):")
TOKEN = re.compile(r"\d+(?:\.\d+)?|%|[a-z]+|[/:=()+,;&-]")
# What fonts and typists write for the same; a hyphen within a word parts words.
WRITTEN = (
    (re.compile(r"(?<=[a-z])-(?=[a-z])"), " "),
    (re.compile("[\u2010-\u2014\u2212]"), "-"),
    (re.compile(r"\s*(?:-+>|=>|→)\s*"), " to "),
    (re.compile(r"≥|>=|>"), " at least "),
    (re.compile(r"≤|<=|<"), " less than "),
    (re.compile(r"[~≈]"), " about "),
    (re.compile(r"\b(?:per\s?cent|pct)\b(?!age)"), "%"),
    (re.compile(r"(?<=\d),(?=\d\b)"), "."),
    (re.compile("['\u2019]"), " "),
)
TAGS = (
    "relief",
    "none",
    "complete",
    "masked",
    "more",
    "less",
    "nearly",
    "unsaid",
    "unsaid_after",
    "denied",
    "elsewhere",
    "first",
    "before",
    "after",
)


class ReliefWords(BaseModel):
    """The `relief` section of rulesets/_codes/_reading.yaml; each list is explained there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    relief: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    nearly: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    unsaid_after: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    between: frozenset[str] = frozenset()
    goes_on: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    other_means: frozenset[str] = frozenset()
    other_objects: frozenset[str] = frozenset()
    pains: frozenset[str] = frozenset()
    turned: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()


class Sentence(NamedTuple):
    """A sentence as written, its tokens in lower case, and the phrases among them with their meaning."""

    quote: str
    tokens: list[str]
    tags: list[Found[str]]

    def at(self, place: int) -> str:
        """The token at a place, '' beyond the ends."""
        return self.tokens[place] if 0 <= place < len(self.tokens) else ""

    def number(self, place: int) -> float | None:
        """The number at a place, if one stands there."""
        token = self.at(place)
        return float(token) if token[:1].isdigit() else None

    def has(self, tag: str, start: int = 0, end: int | None = None) -> bool:
        """Whether a phrase of this meaning lies between two places."""
        last = len(self.tokens) if end is None else end
        return any(item.value == tag and start <= item.start and item.end <= last for item in self.tags)

    def starts(self, tag: str, place: int) -> Found[str] | None:
        """The phrase of this meaning that begins at a place."""
        return next((item for item in self.tags if item.value == tag and item.start == place), None)

    def ends(self, tag: str, place: int) -> Found[str] | None:
        """The phrase of this meaning that ends right before a place."""
        return next((item for item in self.tags if item.value == tag and item.end == place), None)

    def clause(self, place: int, breaks: frozenset[str]) -> tuple[int, int]:
        """The stretch around a place that no break interrupts."""
        start = max((at + 1 for at in range(place) if self.tokens[at] in breaks), default=0)
        end = min((at for at in range(place, len(self.tokens)) if self.tokens[at] in breaks), default=len(self.tokens))
        return start, end


class ReliefSentences:
    """Cuts a text into sentences that report something of this day."""

    def __init__(self, file: ReliefWords) -> None:
        self._headings = file.headings
        self._phrases: Phrases[str] = Phrases()
        for tag in TAGS:
            for phrase in getattr(file, tag):
                self._phrases.add(phrase, tag)

    def of(self, text: str) -> Iterator[Sentence]:
        """Sentences in order; what stands under the title of another matter is left out to the end of its line."""
        for line in text[:LONGEST_TEXT].splitlines():
            skipping = False
            for quote in SENTENCE.split(line):
                written = plain(quote)
                heading = HEADING.match(written)
                if heading:
                    skipping = heading.group(1).strip() in self._headings
                if not skipping and quote.strip():
                    for pattern, instead in WRITTEN:
                        written = pattern.sub(instead, written)
                    tokens = TOKEN.findall(written)
                    yield Sentence(quote.strip(), tokens, self._phrases.find(tokens))
