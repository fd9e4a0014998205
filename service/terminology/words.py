"""Words and phrases in free text: whole words only; case, punctuation and accents do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
WORD = re.compile(r"[a-z0-9%]+")
NOTHING: dict[int, dict[tuple[str, ...], Any]] = {}


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A phrase found at words `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int
    value: T


def plain(text: str) -> str:
    """A text in lower case without accents."""
    lower = text.lower()
    if lower.isascii():
        return lower
    return "".join(sign for sign in unicodedata.normalize("NFD", lower) if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; hyphens and slashes part words."""
    return WORD.findall(plain(text))


class Phrases(Generic[T]):
    """A set of phrases, each with a value; finding costs little more than one look-up a word."""

    def __init__(self, group: Callable[[T], Hashable] = lambda _: None) -> None:
        self._group = group
        # By first word, then by length from the longest, the phrases with their values.
        self._by_first: dict[str, dict[int, dict[tuple[str, ...], list[T]]]] = {}

    def add(self, phrase: str, value: T) -> None:
        """Add a phrase; longer phrases with the same first word are tried first."""
        words = tuple(words_of(phrase))
        if not words:
            raise ValueError(f"phrase {phrase!r} has no words")
        by_length = self._by_first.get(words[0], {})
        if len(words) not in by_length:
            by_length = dict(sorted({**by_length, len(words): {}}.items(), reverse=True))
            self._by_first[words[0]] = by_length
        by_length[len(words)].setdefault(words, []).append(value)

    def find(self, words: Sequence[str], within: Collection[int] = ()) -> list[Found[T]]:
        """All phrases in order of place; in each group a phrase inside a longer one does not count.

        Words at the places `within` may stand inside a phrase that does not have them.
        """
        found = self._find(words)
        if not within:
            return found
        kept = [place for place in range(len(words)) if place not in within]
        moved = [
            Found(kept[item.start], kept[item.end - 1] + 1, item.value)
            for item in self._find([words[place] for place in kept])
        ]
        every = found + [item for item in moved if item not in found]
        longest = [item for item in every if not any(self._inside(item, other) for other in every)]
        return sorted(longest, key=lambda item: (item.start, item.end))

    def _inside(self, item: Found[T], other: Found[T]) -> bool:
        """Whether another phrase of the group is longer and begins before or where this one does."""
        wider = (
            other.start <= item.start and item.end <= other.end and (other.start, other.end) != (item.start, item.end)
        )
        return wider and self._group(item.value) == self._group(other.value)

    def _find(self, words: Sequence[str]) -> list[Found[T]]:
        found: list[Found[T]] = []
        covered: dict[Hashable, tuple[int, int]] = {}
        for start, word in enumerate(words):
            for length, phrases in self._by_first.get(word, NOTHING).items():
                end = start + length
                for value in phrases.get(tuple(words[start:end]), ()):
                    group = self._group(value)
                    first, last = covered.get(group, (-1, -1))
                    if end > last or (start, end) == (first, last):
                        covered[group] = (start, end)
                        found.append(Found(start, end, value))
        return found

    def single(self) -> dict[str, list[T]]:
        """The phrases of one word, each with its values."""
        alone = {word: by_length.get(1, {}).get((word,), []) for word, by_length in self._by_first.items()}
        return {word: list(values) for word, values in alone.items() if values}


class Spellings:
    """Finds the known word that a word is a slip of the keyboard away from; costs about one look-up a letter.

    A slip is one letter too many, missing or wrong, or two swapped that are neighbours or have one between them.
    `words` gives each known word its meaning; words under `shortest` letters are too easily something else.
    """

    def __init__(self, words: Mapping[str, Hashable], shortest: int = 7) -> None:
        self._meanings = {word: what for word, what in words.items() if len(word) >= shortest and word.isalpha()}
        lengths = [len(word) for word in self._meanings]
        self._lengths = range(shortest - 1, max(lengths, default=0) + 2)
        self._near: dict[str, list[str]] = {}
        for word in self._meanings:
            for key in {word, *_shorter(word), *_crossed(word)}:
                self._near.setdefault(key, []).append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._meanings

    def meant(self, word: str) -> str:
        """The known word one slip away; '' when there is none, or words of different meaning are as near."""
        if len(word) not in self._lengths or word in self._meanings or not word.isalpha():
            return ""
        keys = (word, *_shorter(word))
        near = {known for key in keys for known in self._near.get(key, ()) if one_slip(word, known)}
        return min(near) if len({self._meanings[known] for known in near}) == 1 else ""


def one_slip(one: str, other: str) -> bool:
    """Whether two different words are one slip of the keyboard apart."""
    short, long = sorted((one, other), key=len)
    if len(short) != len(long):
        return len(long) - len(short) == 1 and short in _shorter(long)
    places = [place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    if len(places) != 2:
        return len(places) == 1
    first, second = places
    return second - first <= 2 and (one[first], one[second]) == (other[second], other[first])


def _shorter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _crossed(word: str) -> Iterator[str]:
    """The word with two letters swapped that have one letter between them."""
    for place in range(len(word) - 2):
        yield word[:place] + word[place + 2] + word[place + 1] + word[place] + word[place + 3 :]
