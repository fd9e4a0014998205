"""How many levels the orders of one session name: a session is all orders in hand for a procedure, region and day.

Codes for further levels are drafted as orders of their own, often with the words of the first and without its day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from typing import Any, NamedTuple

from service.facts.dates import Days
from service.facts.extract.context import Context, words
from service.facts.fact import FactSource
from service.fhir.record import ReadResource
from service.terminology.anatomy import NamedLevels, Site, count_levels
from service.terminology.value_sets import Hit

# Value set, concept and region.
What = tuple[str, str, str]


class Asked(NamedTuple):
    """One thing that an order asks for: where its words and its reasons put it, and the days it is for."""

    resource: ReadResource
    hit: Hit
    named: Site
    site: Site
    reasons: tuple[FactSource, ...]
    days: Days | None

    @property
    def day(self) -> str:
        """The first day, '' where nothing says."""
        return self.days.first.isoformat() if self.days else ""

    @property
    def what(self) -> What:
        """What is asked for, and in which region."""
        return self.hit.set, self.hit.concept, self.site.region


class Sessions:
    """The orders in hand by what they ask for; one without a day may belong to any."""

    def __init__(self, context: Context, asked: Iterable[Asked]) -> None:
        self._told: dict[What, dict[str, list[tuple[NamedLevels | None, int]]]] = defaultdict(lambda: defaultdict(list))
        for item in asked:
            self._told[item.what][item.day].append((_named(context, item), _coded(item)))

    def levels(self, item: Asked) -> dict[str, int]:
        """The fields of the item's fact that count the levels of its session."""
        days = self._told[item.what]
        told = [*days[item.day], *days[""]] if item.day else [each for of_day in days.values() for each in of_day]
        named = [levels for levels, _ in told]
        bones = all(levels is not None and not levels.joints for levels in named)
        count = count_levels(named)
        return {"levels": count, "bones": int(bones and count > 0), "coded": max(coded for _, coded in told)}


def further_levels(context: Context, item: Asked) -> list[str]:
    """The levels that the order's words name besides the first; a root named beside its joint is no further one."""
    model: Any = item.resource.model
    for text in ("; ".join(filter(None, _descriptions(model))), *_remarks(model)):
        named = context.anatomy.named_levels(text)
        if named is None or any(named):
            return context.anatomy.levels(text)[1:] if count_levels([named]) != 1 else []
    return []


def _named(context: Context, item: Asked) -> NamedLevels | None:
    """By the words of its name and sites, else of the first note that names any, else by its reasons."""
    model: Any = item.resource.model
    told = [context.anatomy.named_levels(text) for text in _descriptions(model)]
    told = [levels for levels in told if levels is None or any(levels)]
    if told:
        return reduce(_agreed, told)
    for text in (*_remarks(model), item.site.level):
        named = context.anatomy.named_levels(text)
        if named is None or any(named):
            return named
    return NamedLevels(frozenset(), frozenset())


def _descriptions(model: Any) -> list[str]:
    """What the order is called, its details, and its sites: each tells the whole."""
    sites = getattr(model, "bodySite", None) or ()
    details = [*(getattr(model, "orderDetail", None) or ()), *(getattr(model, "serviceType", None) or ())]
    groups = ([getattr(model, "code", None)], details, sites if isinstance(sites, list | tuple) else [sites])
    return ["; ".join(words(concept) for concept in concepts) for concepts in groups]


def _remarks(model: Any) -> list[str]:
    notes = [str(note.text or "") for note in getattr(model, "note", None) or ()]
    return [*notes, *(str(getattr(model, name, None) or "") for name in ("description", "comment"))]


def _agreed(one: NamedLevels | None, other: NamedLevels | None) -> NamedLevels | None:
    """Two descriptions of one thing: the fuller one; a stretch of nerves and its joints overlap and count alike."""
    if one is None or other is None:
        return None
    if other.within(one):
        return one
    alike = len(one.joints) == len(other.joints) and one.joints & other.joints
    return other if one.within(other) or alike else None


def _coded(item: Asked) -> int:
    """The most levels that a code of the order comes to, whichever approach its words name."""
    own = [
        hit.attributes.get("levels", 0)
        for hit in item.resource.hits
        if hit.set == item.hit.set and item.hit.concept in (hit.concept, hit.attributes.get("also"))
    ]
    return max((int(levels) for levels in own), default=0)
