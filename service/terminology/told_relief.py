"""Reads how much a procedure relieved: "80% relief for 6 hours", "no relief", "pain 8/10 to 2/10".

Only what ties a number to relief counts. What is asked for, denied, hoped for, about another day, another treatment or
function is no answer, and neither is a bound that leaves it open ("less than 80 %").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from service.terminology.relief_words import ReliefSentences, ReliefWords, Sentence

BELOW = 1e-6
WHOLE = 100.0
BREAKS = frozenset({",", ";", "(", ")", "but", "then", "however", "although"})
FINE_BREAKS = BREAKS | {"and", "with", "&"}
JOINTS = frozenset({":", "=", "-", "("})
FROM = frozenset({"from", "taking", "using"})
BY = FROM | {"with", "after", "following", "since", "by", "on"}
OF = frozenset({"in", "of"})
REACH, NEAR = 10, 4
OUT_OF = 10.0
DAYS = {"day": 1.0, "week": 7.0, "wk": 7.0, "month": 365.25 / 12, "mo": 365.25 / 12, "year": 365.25, "yr": 365.25}
LASTS = frozenset({"for", "x", "lasting", "lasted", "over", "of"})


class Told(NamedTuple):
    """Relief in percent, the whole weeks that it lasted (-1 where nothing says) and the words that tell it."""

    percent: float
    weeks: int
    quote: str


class _Number(NamedTuple):
    low: float
    high: float
    start: int
    end: int


class ReliefReader:
    """Reads relief in running text."""

    def __init__(self, file: ReliefWords) -> None:
        self._file = file
        self._sentences = ReliefSentences(file)

    def told(self, text: str, is_outcome: bool, earliest: bool, half: float) -> list[Told]:
        """What a text tells; `is_outcome` says that all of it is about the procedure, `earliest` that it is the first.

        An upper bound counts only up to `half`: above that it leaves open what matters.
        """
        kept = [item for item in self._sentences.of(text) if self._is_of_now(item, earliest)]
        found: list[Told] = []
        for sentence in kept:
            found += [*self._percents(sentence, half), *self._words(sentence, is_outcome)]
        return found + _pairs(self._file, kept)

    def _is_of_now(self, sentence: Sentence, earliest: bool) -> bool:
        return not sentence.has("elsewhere") and (earliest or not sentence.has("first"))

    def _percents(self, sentence: Sentence, half: float) -> Iterator[Told]:
        for number in _percentages(sentence):
            value = _bounded(sentence, number, half)
            start = next((q.start for tag in ("more", "less", "nearly") if (q := sentence.ends(tag, number.start))), -1)
            start = number.start if start < 0 else start
            link = self._behind(sentence, number.end) or self._ahead(sentence, start, number.end)
            if value is not None and link and self._is_said(sentence, *link):
                yield Told(value, _weeks(sentence, number.end), sentence.quote)

    def _behind(self, sentence: Sentence, place: int) -> tuple[int, int] | None:
        """The word for relief behind a percentage, with nothing but fillers between."""
        first = place
        for tag in ("more", "less"):
            place = found.end if (found := sentence.starts(tag, place)) else place
        while place < first + REACH:
            if found := sentence.starts("relief", place):
                return first - 1, found.end
            if sentence.at(place) not in self._file.between and sentence.at(place) != ")":
                return None
            place += 1
        return None

    def _ahead(self, sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
        """The word for relief before a percentage; the sentence must go on as one that speaks of it."""
        follows = sentence.at(end)
        if follows.isalpha() and follows not in self._file.goes_on:
            return None
        place = start
        while place > start - REACH:
            if found := sentence.ends("relief", place):
                return found.start, end
            if sentence.at(place - 1) not in self._file.between | JOINTS:
                return None
            place -= 1
        return None

    def _words(self, sentence: Sentence, is_outcome: bool) -> Iterator[Told]:
        for item in sentence.tags:
            if item.value == "complete" and self._is_said(sentence, item.start, item.end):
                near = sentence.at(item.start - 1)
                if not any(sentence.ends(tag, item.start) for tag in ("less", "nearly")) and near != "in":
                    yield Told(WHOLE, _weeks(sentence, item.end), sentence.quote)
            if item.value == "none" and self._is_none(sentence, item.start, item.end, is_outcome):
                yield Told(0.0, -1, sentence.quote)

    def _is_none(self, sentence: Sentence, start: int, end: int, is_outcome: bool) -> bool:
        """Whether "no relief" is about the procedure: said so, or in its outcome, and of no other treatment."""
        rest = sentence.tokens[end : end + NEAR]
        about = not rest or not rest[0].isalpha() or bool({*rest[:3]} & self._file.pains) or self._is_own(rest)
        own = is_outcome or not self._file.own.isdisjoint(sentence.tokens) or sentence.has("after")
        others = not self._file.other_means.isdisjoint(sentence.tokens) and not self._is_own(rest)
        return about and own and not others and self._is_said(sentence, start, end)

    def _is_own(self, words: Sequence[str]) -> bool:
        return not self._file.own.isdisjoint(words)

    def _is_said(self, sentence: Sentence, start: int, end: int) -> bool:
        """Whether it is reported, rather than asked for or denied, and is of pain and of this procedure."""
        clause, fine = sentence.clause(start, BREAKS), sentence.clause(start, FINE_BREAKS)
        before, rest = sentence.tokens[clause[0] : start], sentence.tokens[end : end + 1 + NEAR]
        if (
            sentence.has("unsaid", 0, start)
            or sentence.has("unsaid_after", end)
            or sentence.has("denied", fine[0], start)
        ):
            return False
        if not self._file.other_means.isdisjoint(before) and not self._is_own(before):
            return False
        if rest and rest[0] in OF and self._is_of_other(rest):
            return False
        if self._is_of_other(sentence.tokens[max(clause[0], start - NEAR) : start]):
            return False
        return not (rest and rest[0] in BY and self._is_by_other(rest))

    def _is_of_other(self, words: Sequence[str]) -> bool:
        return not self._file.other_objects.isdisjoint(words) and self._file.pains.isdisjoint(words)

    def _is_by_other(self, words: Sequence[str]) -> bool:
        if self._is_own(words):
            return False
        strange = words[0] in FROM and not (len(words) > 1 and words[1][:1].isdigit())
        return strange or not self._file.other_means.isdisjoint(words)


def _percentages(sentence: Sentence) -> Iterator[_Number]:
    """Numbers with a percent sign, ranges as one; "percent relief: 80" has its sign before."""
    place = 0
    while place < len(sentence.tokens):
        number = _ranged(sentence, place)
        if number is not None and sentence.at(number.end) == "%" and sentence.at(place - 1) != "/":
            place = number.end + 1
            if number.high <= WHOLE:
                yield number._replace(end=place)
            continue
        if sentence.at(place) in ("%", "percentage") and sentence.number(place - 1) is None:
            after = place + 1
            while sentence.at(after) in ("of", "pain", "relief", "improvement", "is", "was", ":", "="):
                after += 1
            named = {"relief", "improvement"} & {*sentence.tokens[place + 1 : after]}
            number = _ranged(sentence, after)
            if named and number is not None and sentence.at(number.end) not in ("%", "/") and number.high <= WHOLE:
                yield number
        place += 1


def _ranged(sentence: Sentence, place: int) -> _Number | None:
    """A number, or two with a dash or "to" between ("80-90 %", "80% to 90%")."""
    first = sentence.number(place)
    if first is None:
        return None
    after = place + 2 if sentence.at(place + 1) == "%" else place + 1
    second = sentence.number(after + 1) if sentence.at(after) in ("-", "to") else None
    if second is not None and (sentence.at(after + 2) == "%" or after == place + 1):
        return _Number(min(first, second), max(first, second), place, after + 2)
    return _Number(first, first, place, place + 1)


def _bounded(sentence: Sentence, number: _Number, half: float) -> float | None:
    """The least that it was; None where only an upper bound is told that leaves it open."""
    if sentence.ends("less", number.start) or sentence.starts("less", number.end):
        return max(number.high - BELOW, 0.0) if number.high <= half else None
    return max(number.low - BELOW, 0.0) if sentence.ends("nearly", number.start) else number.low


def _weeks(sentence: Sentence, place: int) -> int:
    """Whole weeks told behind a place as its duration: "for 6 months"; of a range the lower end."""
    for at in range(place, len(sentence.tokens)):
        number = _ranged(sentence, at)
        unit = DAYS.get(sentence.at(number.end).rstrip("s"), 0.0) if number else 0.0
        led = sentence.tokens[max(at - NEAR, 0) : at]
        if number and unit and not LASTS.isdisjoint(led) and not sentence.ends("less", at):
            return int(number.low * unit / DAYS["week"] + BELOW)
    return -1


class _Score(NamedTuple):
    sentence: Sentence
    number: _Number
    label: str


def _pairs(file: ReliefWords, sentences: Sequence[Sentence]) -> list[Told]:
    """Scores out of ten before and after: one turned into the other, or one of each named."""
    scores: list[_Score] = []
    found: list[Told] = []
    for sentence in sentences:
        if sentence.has("unsaid") or sentence.has("denied"):
            continue
        numbers = list(_scores(sentence))
        for first, second in pairwise(numbers):
            between = sentence.tokens[first.end : second.start]
            one, other = (second, first) if between == ["from"] else (first, second)
            if between in (["to"], ["from"]) and one.low > other.high:
                found.append(Told(eased(one.low, other.high), _weeks(sentence, second.end), sentence.quote))
        if not found and not numbers:
            found += _turned(file, sentence)
        scores += [_Score(sentence, number, _label(sentence, number, numbers[0].start)) for number in numbers]
    before, after = ([item for item in scores if item.label == name] for name in ("before", "after"))
    if not found and len(before) == 1 and after:
        best = min(after, key=lambda item: item.number.high)
        quotes = dict.fromkeys((before[0].sentence.quote, best.sentence.quote))
        if before[0].number.low > 0:
            found.append(Told(eased(before[0].number.low, best.number.high), -1, " … ".join(quotes)))
    return found


def _scores(sentence: Sentence) -> Iterator[_Number]:
    """Numbers that say out of ten: "8/10", "7-8/10", "8 out of 10"."""
    place = 0
    while place < len(sentence.tokens):
        number = _ranged(sentence, place)
        if number is not None and number.high <= OUT_OF:
            for spelt in (["/"], ["out", "of"]):
                end = number.end + len(spelt)
                if sentence.tokens[number.end : end] == spelt and sentence.number(end) == OUT_OF:
                    yield number._replace(end=end + 1)
                    place = end
        place += 1


def _turned(file: ReliefWords, sentence: Sentence) -> Iterator[Told]:
    """ "pain decreased from 8 to 2": two bare numbers, of which nothing says that they are anything else."""
    for place in range(len(sentence.tokens)):
        one, other = sentence.number(place + 1), sentence.number(place + 3)
        if sentence.at(place) != "from" or sentence.at(place + 2) != "to" or one is None or other is None:
            continue
        bare = sentence.at(place + 4) in (
            "",
            ",",
            ";",
            ")",
            "/",
            "and",
            "after",
            "following",
            "post",
            "for",
            "at",
            "with",
            "on",
        )
        pain = not file.pains.isdisjoint(sentence.tokens) and not file.turned.isdisjoint(sentence.tokens[:place])
        if bare and pain and other < one <= OUT_OF:
            yield Told(eased(one, other), _weeks(sentence, place + 4), sentence.quote)


def _label(sentence: Sentence, number: _Number, first: int) -> str:
    """Whether a score is of before or after; labels of one sentence stand before all its scores, or behind all."""
    labels = [item for item in sentence.tags if item.value in ("before", "after")]
    if not labels:
        return ""
    if labels[0].start < first:
        near = [item for item in labels if item.end <= number.start]
        return near[-1].value if near else ""
    near = [item for item in labels if item.start >= number.end]
    return near[0].value if near else ""


def eased(before: float, after: float) -> float:
    """Relief in percent of two scores, not rounded up; 0 where the pain grew. `before` is more than 0."""
    return max(int((before - after) / before * 1000 + BELOW) / 10, 0.0)
