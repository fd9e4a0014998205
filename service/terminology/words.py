"""Words and phrases in free text: whole words only, case and punctuation do not matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
WORD = re.compile(r"[a-z0-9%]+")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A phrase found at words `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int
    value: T


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; hyphens and slashes part words."""
    return WORD.findall(text.lower())


class Phrases(Generic[T]):
    """A set of phrases, each with a value; finding costs little more than one look-up a word."""

    def __init__(self, group: Callable[[T], Hashable] = lambda _: None) -> None:
        self._group = group
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}

    def add(self, phrase: str, value: T) -> None:
        """Add a phrase; longer phrases with the same first word are tried first."""
        words = tuple(words_of(phrase))
        if not words:
            raise ValueError(f"phrase {phrase!r} has no words")
        entries = self._by_first.setdefault(words[0], [])
        entries.append((words, value))
        entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, words: Sequence[str]) -> list[Found[T]]:
        """All phrases in order of place; in each group a phrase inside a longer one does not count."""
        found: list[Found[T]] = []
        covered: dict[Hashable, tuple[int, int]] = {}
        by_first = self._by_first
        for start in [place for place, word in enumerate(words) if word in by_first]:
            for phrase, value in by_first[words[start]]:
                end = start + len(phrase)
                if len(phrase) > 1 and tuple(words[start:end]) != phrase:
                    continue
                group = self._group(value)
                first, last = covered.get(group, (-1, -1))
                if end > last or (start, end) == (first, last):
                    covered[group] = (start, end)
                    found.append(Found(start, end, value))
        return found
