"""Where in the body: region, side and level, from body-site codes and from words (`rulesets/_codes/_anatomy.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from service.terminology.words import Found, Phrases, words_of

BOTH = "bilateral"
DIGIT = re.compile(r"\d")
# What joins the two bones of a level: "L4-5", "L4/L5", "L4 to L5", with any dash.
PAIR = r"\s*(?:[-/\u2010-\u2015\u2212]|\bto\b|\bthrough\b|\bthru\b)\s*"
# A stretch from one level to another, of which only the ends are named, and a list that goes on.
STRETCH = re.compile(r"[/\u2010-\u2015\u2212-]|\bto\b|\bthrough\b|\bthru\b", re.IGNORECASE)
# What stands between levels that are listed.
LISTED = re.compile(r"(?:[\s,;&+]|\band\b|\bplus\b)*", re.IGNORECASE)
GOES_ON = re.compile(r"\s*[/&]\s*\d|,\d")
UNCOUNTED = -1
# MR sequences are called T1 and T2 like two vertebrae.
SEQUENCES = frozenset({"T1", "T2"})
SEQUENCE = re.compile(
    r"\bT[12]\b(?:(?:\s*[,/&+]\s*|\s+and\s+|\s+)T[12]\b)*(?=\s*[-,/&+]?\s*(?:and\s+)?"
    r"(?:weighted|hyper|hypo|iso|signal|stir|fat|sag|axial|cor(?:onal)?\b|w\b|wi\b|fs\b|[ft]?se\b|flair|images?\b|sequences?\b))",
    re.IGNORECASE,
)


class Place(BaseModel):
    """Words, levels and codes of one region or side."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    codes: tuple[dict[str, str], ...] = ()
    title: str = ""


class AnatomyFile(BaseModel):
    """The file's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = "anatomy"
    title: str = ""
    source: dict[str, str] = {}
    licence: str = ""
    reviewed: Any = None
    note: str = ""
    # Words that may stand between levels that go together, behind a level that names a root, and before a side.
    joining: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    behind_roots: tuple[str, ...] = ()
    before_sides: tuple[str, ...] = ()
    # Levels that are a root without a bone.
    roots: tuple[str, ...] = ()
    regions: dict[str, Place]
    sides: dict[str, Place]


class Site(NamedTuple):
    """Region, side and level; '' where nothing says."""

    region: str = ""
    side: str = ""
    level: str = ""


class NamedLevels(NamedTuple):
    """Joints of two bones, as `L5-S1`, and bones, as `L5`, each once."""

    joints: frozenset[str]
    bones: frozenset[str]

    def apart(self) -> frozenset[str]:
        """The bones that belong to none of the joints."""
        return self.bones - {bone for joint in self.joints for bone in joint.split("-")}

    def within(self, other: NamedLevels) -> bool:
        """Whether the other names all of these."""
        rest = NamedLevels(other.joints, self.bones).apart()
        return self.joints <= other.joints and rest <= other.bones


class Mention(NamedTuple):
    """A level in a text: its first word, and the word behind its last."""

    level: str
    start: int
    end: int


class Anatomy:
    """Reads sites from codings and words."""

    def __init__(self, file: AnatomyFile) -> None:
        self.file = file
        self._codes: dict[str, tuple[str, str]] = {}
        self._words: Phrases[tuple[str, str]] = Phrases(lambda word: word[0])
        self._level_region: dict[str, str] = {}
        for what, places in (("region", file.regions), ("side", file.sides)):
            for name, place in places.items():
                for word in place.words:
                    self._words.add(word, (what, name))
                for entry in place.codes:
                    self._codes[entry["code"]] = (what, name)
                for level in place.levels:
                    self._level_region[level.upper()] = name
        names = sorted(self._level_region, key=len, reverse=True)
        one = "(?:" + "|".join(re.escape(name) for name in names) + ")"
        first, second = (one, "(?:" + "|".join(re.escape(name) + f"|{name[1:]}" for name in names) + ")")
        self._level = re.compile(rf"\b({first})(?:{PAIR}({second}))?\b", re.IGNORECASE)
        self.grades, self.behind_roots = frozenset(file.grades), frozenset(file.behind_roots)
        self.joining = frozenset(file.joining) | self.grades
        self.before_sides = frozenset(file.before_sides)
        # Of one word each.
        self.side_words = frozenset(word for place in file.sides.values() for word in place.words if word.isalpha())

    @property
    def level_words(self) -> frozenset[str]:
        """The names of single levels in lower case."""
        return frozenset(name.lower() for name in self._level_region)

    def of_words(self, text: str) -> Site:
        """Site named in a text: the level's region outweighs region words; two sides make `bilateral`."""
        words = words_of(text)
        found = self._words.find(words)
        sided = [item for item in found if item.value[0] == "side"]
        level = self.level(text)
        region = self.region_of_level(level) or _only({item.value[1] for item in found if item.value[0] == "region"})
        side = join_sides(item.value[1] for item in sided)
        return Site(region or self._bare(words, sided), side, level)

    def _bare(self, words: Sequence[str], sided: Sequence[Found[tuple[str, str]]]) -> str:
        """The region where a text is nothing but its name and sides, as our own drafts write body sites."""
        taken = {place for found in sided for place in range(found.start, found.end)}
        rest = [word for place, word in enumerate(words) if place not in taken]
        return rest[0] if len(rest) == 1 and rest[0] in self.file.regions else ""

    def side(self, words: Sequence[str]) -> str:
        """The side that words name, '' when none."""
        return join_sides(found.value[1] for found in self._words.find(words) if found.value[0] == "side")

    def _region_words(self, text: str) -> list[str]:
        return [found.value[1] for found in self._words.find(words_of(text)) if found.value[0] == "region"]

    def level(self, text: str) -> str:
        """The first level or level pair as `L5-S1` or `C6`, '' when none."""
        return next(iter(self.levels(text)), "")

    def levels(self, text: str) -> list[str]:
        """All levels named, in order, each once."""
        return list(dict.fromkeys(mention.level for mention in self.mentions(text)))

    def mentions(self, text: str) -> list[Mention]:
        """All levels named, in order, with their place among the words."""
        if not DIGIT.search(text):
            return []
        plain_text = SEQUENCE.sub(lambda match: " " * len(match.group()), text)
        found = [
            Mention(self._level_name(match), *(len(words_of(text[:place])) for place in match.span()))
            for match in self._level.finditer(plain_text)
        ]
        named = {mention.level for mention in found}
        if not SEQUENCES.isdisjoint(named):
            others = {self.region_of_level(level) for level in named - SEQUENCES}
            others |= set(self._region_words(text))
            # Where all else is said of another region, a bare T1 is a sequence.
            if others and self.region_of_level(min(SEQUENCES)) not in others:
                return [mention for mention in found if mention.level not in SEQUENCES]
        return found

    def named_levels(self, text: str) -> NamedLevels | None:
        """The levels that a text names, to be counted; None for several that only somebody who reads it can count.

        A stretch stands for each joint of it. A bone beside its own pair ("L4-L5, of the L5 root") adds nothing.
        """
        named = self.levels(text)
        found = [match for match in self._level.finditer(text) if self._level_name(match) in named]
        between = [text[first.end() : second.start()] for first, second in pairwise(found)]
        if any(GOES_ON.match(text, match.end()) for match in found):
            return None
        stretches = [level for level in named if "-" in level]
        if len(named) > 1 and any(STRETCH.search(words) for words in between):
            return None
        if 0 < len(stretches) < len(named) and any(LISTED.fullmatch(words) for words in between):
            return None
        joints = [self._joints(stretch) for stretch in stretches]
        bones = frozenset(level for level in named if level not in stretches)
        return NamedLevels(frozenset().union(*joints), bones) if all(joints) else None

    def _joints(self, stretch: str) -> list[str]:
        """The joints from one bone to another, none where they do not stand in the file's order."""
        first, last = stretch.split("-")
        bones = [bone for bone in self._level_region if bone in (first, last) or bone not in self.file.roots]
        upper, lower = (bones.index(bone) if bone in bones else UNCOUNTED for bone in (first, last))
        return ["-".join(pair) for pair in pairwise(bones[upper : lower + 1])] if upper >= 0 else []

    def regions(self, text: str) -> list[str]:
        """All regions that levels and words name, each once."""
        levels = [self.region_of_level(level) for level in self.levels(text)]
        return list(dict.fromkeys([*levels, *self._region_words(text)]))

    def _level_name(self, match: re.Match[str]) -> str:
        upper, lower = match.group(1).upper(), (match.group(2) or "").upper()
        if lower and lower.isdigit():
            lower = upper[0] + lower
        return f"{upper}-{lower}" if lower else upper

    def region_of_level(self, level: str) -> str:
        """Region of a level; a pair such as L5-S1 belongs to its upper level's region."""
        return self._level_region.get(level.split("-")[0].upper(), "") if level else ""

    def of_codings(self, codings: Iterable[Mapping[str, Any]]) -> Site:
        """Site that body-site codings and their displays name."""
        region = side = level = ""
        for coding in codings:
            what, name = self._codes.get(str(coding.get("code", "")), ("", ""))
            region = name if what == "region" else region
            side = name if what == "side" else side
            words = self.of_words(str(coding.get("display") or ""))
            region, side, level = region or words.region, side or words.side, level or words.level
        return Site(region, side, level)


def count_levels(named: Sequence[NamedLevels | None]) -> int:
    """How many levels all texts together name: 0 none, UNCOUNTED where that cannot be told."""
    known = [levels for levels in named if levels is not None]
    if len(known) < len(named):
        return UNCOUNTED
    joints = frozenset(joint for levels in known for joint in levels.joints)
    together = NamedLevels(joints, frozenset(bone for levels in known for bone in levels.bones))
    return UNCOUNTED if together.joints and together.apart() else len(together.joints or together.bones)


def join_sides(sides: Iterable[str]) -> str:
    """One side for several: unknown adds nothing, left and right make bilateral."""
    named = {side for side in sides if side}
    return named.pop() if len(named) == 1 else (BOTH if named else "")


def merge(*sites: Site) -> Site:
    """The first site that says something, element by element."""
    return Site(*(next((value for value in values if value), "") for values in zip(*sites, strict=True)))


def _only(names: set[str]) -> str:
    return names.pop() if len(names) == 1 else ""
