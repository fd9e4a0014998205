"""What a drug's own text says besides its name: not taken, stopped, on hold, or put on the skin.

Strict on purpose: only words known to belong to it may stand between a drug and what is said of it; whatever else
stands there, the drug counts as taken. A false alarm is seen, a drug passed over is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from service.terminology.drug_forms import DrugForms, FormWords
from service.terminology.value_sets import Hit
from service.terminology.words import WORD, Found, Phrases, Spellings, plain, words_of

# Words, and what parts them: a point between digits and a hyphen inside a name do not.
TOKEN = re.compile(rf"{WORD.pattern}|/|[,;()\[\]|*!?\r\n]|\.(?!\d)|\s[-–—]+(?=\s)|[–—]")
LETTERS_THEN_DIGITS = re.compile(r"([a-z]+)\d.*")
LONGEST_TEXT = 2_000
TAKEN, STOPPED, HELD, DENIED = "", "stopped", "held", "denied"
# A drug that is named twice is in its most present state.
PRESENCE = (TAKEN, HELD, STOPPED, DENIED)


class DrugWords(BaseModel):
    """The `medication` section of rulesets/_codes/_reading.yaml; each list is explained there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    denied_before: tuple[str, ...] = ()
    denied_after: tuple[str, ...] = ()
    stopped_before: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    no_cues: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    doses: tuple[str, ...] = ()
    joiners: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    forms: FormWords = FormWords()
    routes: dict[str, str] = {}


class Said(NamedTuple):
    """A drug that a text names: `verdict` is '' (taken), held, stopped or denied, `cue` the words that say so.

    `words` are those of the text that may tell its form; `slip` is what was written for one of our words, '' if ours.
    """

    hit: Hit
    verdict: str
    cue: str
    words: tuple[str, ...]
    slip: str = ""


class _Text(NamedTuple):
    """Words, for each the number of its part of the sentence, and the places right behind a slash or a bracket."""

    words: list[str]
    parts: list[int]
    slashed: set[int]
    bracketed: set[int]

    def start(self, place: int) -> int:
        """The first place of the part that `place` is in."""
        return self.parts.index(self.parts[place])

    def within(self, place: int, other: int) -> bool:
        """Whether two places are in one part."""
        return place < len(self.parts) and self.parts[place] == self.parts[other]

    def rest(self, place: int) -> list[str]:
        """The words from `place` to the end of its part."""
        return [self.words[at] for at in range(place, len(self.words)) if self.parts[at] == self.parts[place]]


class _Cue(NamedTuple):
    verdict: str
    before: bool
    after: bool


class _Mention(NamedTuple):
    start: int
    end: int
    names: frozenset[tuple[str, str]]


class DrugReader:
    """Reads the texts of drugs."""

    def __init__(self, file: DrugWords) -> None:
        self._cues: Phrases[_Cue | None] = Phrases()
        for verdict, before, after, phrases in (
            (DENIED, True, False, file.denied_before),
            (DENIED, False, True, file.denied_after),
            (STOPPED, True, False, file.stopped_before),
            (STOPPED, True, True, file.stopped),
            (HELD, True, True, file.held),
            (TAKEN, True, True, file.taken),
        ):
            for phrase in phrases:
                self._cues.add(phrase, _Cue(verdict, before, after))
        for phrase in file.no_cues:
            self._cues.add(phrase, None)
        self._masked: Phrases[str] = Phrases()
        for phrase in file.masked:
            self._masked.add(phrase, phrase)
        self._fillers, self._doses = frozenset(file.fillers), frozenset(file.doses)
        self._joiners, self._alternatives = frozenset(file.joiners), frozenset(file.alternatives)
        self._followers, self._blockers = frozenset(file.followers), frozenset(file.blockers)
        self._plans, self._others = frozenset(file.plans), frozenset(file.other_names)
        self.forms, self.routes = DrugForms(file.forms), file.routes

    def read(self, text: str, phrases: Phrases[Hit], spellings: Spellings | None = None) -> list[Said]:
        """The drugs that a text names, each once; with `spellings`, mistyped ones where no other is named."""
        text = text[:LONGEST_TEXT]
        plain_words = words_of(text)
        found = phrases.find(plain_words)
        if not found and spellings is None:
            return []  # most drugs are of no interest, and most come with a code
        if found and self._bare(plain_words, found):
            return [Said(hit, "", "", tuple(plain_words)) for hit in unique(item.value for item in found)]
        read = self._tokens(text)
        found, slips = phrases.find(read.words), {}
        if not found and spellings is not None:
            slips = self._slips(read.words, spellings)
            found = phrases.find(read.words) if slips else []
        if not found:
            return []
        mentions = _mentions(found)
        verdicts = self._verdicts(read, mentions)
        said: dict[tuple[str, str], Said] = {}
        for mention in mentions:
            words, verdict = _window(read, mention, mentions), verdicts.get(mention, ("", ""))
            slip = next((slips[place] for place in range(mention.start, mention.end) if place in slips), "")
            for hit in (item.value for item in found if mention.start <= item.start < mention.end):
                known = said.get((hit.set, hit.concept))
                if known is None or PRESENCE.index(verdict[0]) < PRESENCE.index(known.verdict):
                    said[hit.set, hit.concept] = Said(hit, *verdict, words, slip)
        return list(said.values())

    def _bare(self, words: list[str], found: Sequence[Found[Hit]]) -> bool:
        """Whether the words name one drug and say nothing more of it."""
        return len(_mentions(found)) == 1 and not self._cues.find(words) and not self._masked.find(words)

    def _tokens(self, text: str) -> _Text:
        read, part = _Text([], [], set(), set()), 0
        for token in TOKEN.findall(plain(text)):
            if token == "/":
                read.slashed.add(len(read.words))
            elif not WORD.match(token):
                part += 1
                if token in "([":
                    read.bracketed.add(len(read.words))
            else:
                read.words.append(token)
                read.parts.append(part)
        for masked in self._masked.find(read.words):
            read.words[masked.start : masked.end] = [""] * (masked.end - masked.start)
        return read

    def _slips(self, words: list[str], spellings: Spellings) -> dict[int, str]:
        """Puts our words in the place of mistyped ones; returns what stood there."""
        slips = {}
        for place, word in enumerate(words):
            joined = LETTERS_THEN_DIGITS.fullmatch(word)
            bare = joined.group(1) if joined else word
            meant = "" if bare in self._others else spellings.meant(bare)
            if meant or (joined and bare in spellings):
                words[place], slips[place] = meant or bare, word
        return slips

    def _verdicts(self, read: _Text, mentions: Sequence[_Mention]) -> dict[_Mention, tuple[str, str]]:
        """What the cues say of each drug; of several the last, as in "stopped 2019, restarted 2021"."""
        verdicts: dict[_Mention, tuple[str, str]] = {}
        for cue in self._cues.find(read.words):
            if cue.value is not None:
                words = " ".join(read.words[cue.start : cue.end])
                for mention in self._meant(read, cue, cue.value, mentions):
                    verdicts[mention] = (cue.value.verdict, words)
        return verdicts

    def _meant(self, read: _Text, found: Found[_Cue | None], cue: _Cue, mentions: Sequence[_Mention]) -> list[_Mention]:
        """The drugs that a cue speaks of: those before it in its part, else after it, else those of an earlier part."""
        part = read.parts[found.start]
        earlier = [item for item in mentions if item.end <= found.start]
        beside = [item for item in earlier if read.parts[item.start] == part]
        if cue.after and beside:
            return _same(beside, earlier) if self._ends(read, found, beside[-1].end, cue.verdict) else []
        following = self._chain(read, found.end, mentions) if cue.before else []
        if following or not cue.after or not earlier:
            return following
        alone = all(word in self._fillers for word in read.words[read.start(found.start) : found.start])
        near = [item for item in earlier if read.parts[item.start] == read.parts[earlier[-1].start]]
        return _same(near, earlier) if alone and self._ends(read, found, found.start, cue.verdict) else []

    def _ends(self, read: _Text, cue: Found[_Cue | None], since: int, verdict: str) -> bool:
        """Whether a cue closes what was said from `since` on, and does not begin something else (stopped smoking)."""
        between = read.words[since : cue.start]
        if verdict == DENIED and any(word not in self._fillers for word in between):
            return False
        if not self._blockers.isdisjoint(between):
            return False
        rest = read.rest(cue.end) if read.within(cue.end, cue.start) else []
        if not rest or verdict == DENIED:
            return not rest
        follows = rest[0] in self._followers or any(sign.isdigit() for sign in rest[0])
        return follows and self._plans.isdisjoint(rest)

    def _chain(self, read: _Text, place: int, mentions: Sequence[_Mention]) -> list[_Mention]:
        """Drugs from `place` on with nothing between but words that may stand between; a comma ends it.

        Unless more alternatives follow: "no warfarin, aspirin or clopidogrel".
        """
        by_start = {item.start: item for item in mentions}
        part = read.parts[place - 1]
        chain: list[_Mention] = []
        while place < len(read.words):
            if read.parts[place] != part:
                again = chain and place in read.bracketed and by_start.get(place, chain[0]).names == chain[-1].names
                if not again and not self._alternative(read, place, by_start):
                    break
                part = read.parts[place]
            word = read.words[place]
            if place in by_start and (not chain or place in read.slashed or self._joined(read, chain[-1].end, place)):
                chain.append(by_start[place])
                place = by_start[place].end
            elif place not in by_start and self._between(word, bool(chain)):
                place += 1
            else:
                break
        return chain if self._plans.isdisjoint(read.rest(place)) else []

    def _alternative(self, read: _Text, place: int, by_start: dict[int, _Mention]) -> bool:
        """Whether a part is one more drug of a list that an "or" ends, and has no dose of its own."""
        words = [word for word, part in zip(read.words, read.parts, strict=True) if part == read.parts[place]]
        lead = place + (read.words[place] in self._joiners)
        plain_drug = lead in by_start and not any(sign.isdigit() for word in words for sign in word)
        return plain_drug and not self._alternatives.isdisjoint(read.words[place:])

    def _joined(self, read: _Text, start: int, end: int) -> bool:
        return read.parts[start - 1] != read.parts[end] or not self._joiners.isdisjoint(read.words[start:end])

    def _between(self, word: str, within: bool) -> bool:
        """Whether a word may stand between a cue and its drug, or `within` a list of drugs."""
        if word in self._fillers or word in self._joiners:
            return True
        return within and (word in self._doses or any(sign.isdigit() for sign in word))


def unique(hits: Iterable[Hit]) -> list[Hit]:
    """Hits with each concept once."""
    return list({(hit.set, hit.concept): hit for hit in hits}.values())


def _mentions(found: Iterable[Found[Hit]]) -> list[_Mention]:
    """Places with all that they may mean; a drug named twice in a row, "warfarin (Coumadin)", is named once."""
    spans: dict[tuple[int, int], set[tuple[str, str]]] = {}
    for item in found:
        spans.setdefault((item.start, item.end), set()).add((item.value.set, item.value.concept))
    mentions: list[_Mention] = []
    for (start, end), names in sorted(spans.items()):
        last = mentions[-1] if mentions else _Mention(0, 0, frozenset())
        if start < last.end or (start == last.end and names == last.names):
            mentions[-1] = _Mention(last.start, max(end, last.end), last.names | names)
        else:
            mentions.append(_Mention(start, end, frozenset(names)))
    return mentions


def _same(meant: list[_Mention], earlier: Iterable[_Mention]) -> list[_Mention]:
    """Those meant, and where the same drugs were named before."""
    return [item for item in earlier if any(item.names == other.names for other in meant)]


def _window(read: _Text, mention: _Mention, mentions: Sequence[_Mention]) -> tuple[str, ...]:
    """The words that tell a drug's form: the whole text, or those about it where other drugs are named beside it.

    The drugs of a combination, parted by a slash, share what follows.
    """
    others = [item for item in mentions if item.names.isdisjoint(mention.names)]
    if not others:
        return tuple(read.words)
    part = read.parts[mention.start]
    before = [item.end for item in others if item.end <= mention.start and mention.start not in read.slashed]
    after = [item.start for item in others if item.start >= mention.end and item.start not in read.slashed]
    start, end = (mention.start if before else 0), min(after, default=len(read.words))
    return tuple(read.words[place] for place in range(start, end) if read.parts[place] == part)
