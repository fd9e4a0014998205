"""Which levels and which side each finding of a sentence has: "L4-5 and L5-S1 stenosis" is said of both levels.

A finding belongs to the levels that stand before it where a sentence begins with levels, else to those behind it;
levels that only joining words part go together. The name of a nerve root is no level while a sentence names others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from service.terminology.anatomy import Anatomy, Mention, Site
from service.terminology.words import words_of

# First word, and the word behind the last, of a phrase in its sentence.
Span = tuple[int, int]


class Group(NamedTuple):
    """Levels that go together, and the words around them that may name their sides."""

    mentions: tuple[Mention, ...]
    start: int
    end: int


def sites(anatomy: Anatomy, sentence: str, spans: Sequence[Span], heading: str = "") -> list[list[Site]]:
    """For each phrase of a sentence the places it is said of, at least one; `heading` is what its line began with."""
    words = words_of(sentence)
    whole = anatomy.of_words(sentence)._replace(side=anatomy.side(words))
    groups = _groups(anatomy, words, _levels(anatomy, sentence, words, spans))
    if not groups:
        levels = anatomy.mentions(heading)
        return [_sites(anatomy, whole, {mention.level: whole.side for mention in levels})] * len(spans)
    leading = groups[0].mentions[0].start < min(start for start, _ in spans)
    owned = [_own(anatomy, words, groups, spans, span) for span in spans]
    placed = []
    for span, own in zip(spans, owned, strict=True):
        group = groups[own]
        graded = not anatomy.grades.isdisjoint(words[span[0] : span[1]])
        kept = _of_its_grade(anatomy, words, group, span) if graded else group
        placed.append(_placed(anatomy, words, whole, [*groups[:own], kept, *groups[own + 1 :]], own, leading))
    return placed


def _of_its_grade(anatomy: Anatomy, words: Sequence[str], group: Group, span: Span) -> Group:
    """The levels of a finding that is graded itself: those beside which no other grade stands."""
    behind = group.mentions[0].start >= span[1]
    nearest_first = group.mentions if behind else group.mentions[::-1]
    kept = list(nearest_first[:1])
    for mention in nearest_first[1:]:
        first, second = (kept[-1], mention) if behind else (mention, kept[-1])
        if not anatomy.grades.isdisjoint(words[first.end : second.start]):
            break
        kept.append(mention)
    return group._replace(mentions=tuple(kept if behind else kept[::-1]))


def _levels(anatomy: Anatomy, sentence: str, words: Sequence[str], spans: Sequence[Span]) -> list[Mention]:
    """Levels in order; names of roots only where there is nothing else."""
    found = anatomy.mentions(sentence)
    roots = [m for m in found if _inside(m, spans) or set(words[m.end : m.end + 1]) & anatomy.behind_roots]
    return [mention for mention in found if mention not in roots] or found


def _inside(mention: Mention, spans: Sequence[Span]) -> bool:
    return any(start < mention.end and mention.start < end for start, end in spans)


def _groups(anatomy: Anatomy, words: Sequence[str], mentions: Sequence[Mention]) -> list[Group]:
    found: list[list[Mention]] = []
    for mention in mentions:
        if found and set(words[found[-1][-1].end : mention.start]) <= anatomy.joining | anatomy.side_words:
            found[-1].append(mention)
        else:
            found.append([mention])
    return [_wide(anatomy, words, group) for group in found]


def _wide(anatomy: Anatomy, words: Sequence[str], mentions: Sequence[Mention]) -> Group:
    """The group with the sides that stand right before it or right behind it."""
    start, end = mentions[0].start, mentions[-1].end
    while start and words[start - 1] in anatomy.side_words:
        start -= 1
    while end < len(words) and words[end] in anatomy.side_words | anatomy.before_sides:
        end += 1
    return Group(tuple(mentions), start, end)


def _own(anatomy: Anatomy, words: Sequence[str], groups: Sequence[Group], spans: Sequence[Span], span: Span) -> int:
    """The place of the group that a phrase belongs to."""
    before = [place for place, group in enumerate(groups) if group.mentions[0].start <= span[0]]
    behind = [place for place in range(len(groups)) if place not in before]
    if not before or not behind:
        return before[-1] if before else behind[0]
    if groups[0].mentions[0].start < min(start for start, _ in spans):
        return before[-1]
    until = groups[behind[0]].mentions[0].start
    between = [start for start, _ in spans if span[1] <= start < until]
    apart = between and not set(words[span[1] : min(between)]) <= anatomy.joining | anatomy.side_words
    return before[-1] if apart else behind[0]


def _placed(
    anatomy: Anatomy, words: Sequence[str], whole: Site, groups: Sequence[Group], own: int, leading: bool
) -> list[Site]:
    """The group's levels, each with the side that its part of the sentence names."""
    group = groups[own]
    start = 0 if not own else group.start if leading else groups[own - 1].end
    end = len(words) if own + 1 == len(groups) else groups[own + 1].start if leading else group.end
    side = anatomy.side(words[start:end]) or whole.side
    return _sites(anatomy, whole, _sides(anatomy, words, group) or {m.level: side for m in group.mentions})


def _sides(anatomy: Anatomy, words: Sequence[str], group: Group) -> dict[str, str]:
    """Levels with a side each ("left L4-5 and right L5-S1"); empty where the levels share one."""
    edges = [group.start, *(mention.end for mention in group.mentions)]
    if anatomy.side(words[group.start : group.mentions[0].start]) == "":
        edges = [*(mention.start for mention in group.mentions), group.end]
    parts = zip(group.mentions, edges, edges[1:], strict=False)
    found = {mention.level: anatomy.side(words[first:last]) for mention, first, last in parts}
    return found if len(found) > 1 and all(found.values()) else {}


def _sites(anatomy: Anatomy, whole: Site, sides: Mapping[str, str]) -> list[Site]:
    """One site a level, or the sentence's own where it names none."""
    placed = [Site(anatomy.region_of_level(level) or whole.region, side, level) for level, side in sides.items()]
    return placed or [whole]
