"""Which groups of rules could fire: those each of whose patterns some fact of this patient meets.

A group waits on one pattern that nothing meets yet, and moves on to its next when something does, so that a fact costs
nothing but a look at the few groups that waited for it: nearly all rules are about what this patient does not have.
Runs in the engine process only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

ABSENT = "no:"
# A kind, and the fields that are compared with a constant.
Pattern = tuple[str, tuple[tuple[str, Any], ...]]


class _OfKind(NamedTuple):
    """The patterns of one kind: the one without constants if any, and by the fields compared those for each value."""

    plain: list[int]
    keyed: dict[tuple[str, ...], tuple[Callable[[Mapping[str, Any]], Any], dict[Any, int]]]


class Network:
    """The patterns of all groups of a program; `strata` has for each stratum what each of its groups wants."""

    def __init__(self, strata: Sequence[Sequence[Sequence[Pattern]]]) -> None:
        self.strata = len(strata)
        self.of_kind: dict[str, _OfKind] = {}
        self.patterns: list[tuple[int, ...]] = []
        self.stratum: list[int] = []
        self.waiting: dict[int, list[int]] = {}
        self.always: list[list[int]] = [[] for _ in strata]
        self._numbers: dict[Pattern, int] = {}
        for number, groups in enumerate(strata):
            for want in groups:
                self._add(number, [pattern for pattern in want if not pattern[0].startswith(ABSENT)])

    def _add(self, stratum: int, patterns: Sequence[Pattern]) -> None:
        group = len(self.patterns)
        numbers = tuple(self._number(pattern) for pattern in patterns)
        self.patterns.append(numbers)
        self.stratum.append(stratum)
        if numbers:
            self.waiting.setdefault(numbers[0], []).append(group)
        else:
            self.always[stratum].append(group)

    def _number(self, pattern: Pattern) -> int:
        if pattern in self._numbers:
            return self._numbers[pattern]
        number = self._numbers[pattern] = len(self._numbers)
        kind, constants = pattern
        of_kind = self.of_kind.setdefault(kind, _OfKind([], {}))
        if constants:
            names = tuple(name for name, _ in constants)
            values = tuple(value for _, value in constants)
            _, of_values = of_kind.keyed.setdefault(names, (itemgetter(*names), {}))
            of_values[values if len(values) > 1 else values[0]] = number
        else:
            of_kind.plain.append(number)
        return number


class Matches:
    """The facts of one run that meet each pattern, and the groups that have something new to look at."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._met: dict[int, list[int]] = {}
        self._waiting: dict[int, list[int]] = {}
        self._ready: dict[int, list[int]] = {}
        self.fresh: list[set[int]] = [set(groups) for groups in network.always]

    def add(self, place: int, kind: str, fields: Mapping[str, Any]) -> None:
        """Note a fact."""
        of_kind = self._network.of_kind.get(kind)
        if of_kind is None:
            return
        for number in of_kind.plain:
            self._meets(number, place)
        for values, of_values in of_kind.keyed.values():
            met = of_values.get(values(fields))
            if met is not None:
                self._meets(met, place)

    def places(self, group: int) -> set[int]:
        """The facts that the group's patterns want, but for absences."""
        found: set[int] = set()
        for number in self._network.patterns[group]:
            found.update(self._met[number])
        return found

    def _meets(self, number: int, place: int) -> None:
        met = self._met.get(number)
        if met is not None:
            met.append(place)
            for group in self._ready.get(number, ()):
                self.fresh[self._network.stratum[group]].add(group)
            return
        self._met[number] = [place]
        for group in (*self._network.waiting.get(number, ()), *self._waiting.pop(number, ())):
            self._move_on(group)

    def _move_on(self, group: int) -> None:
        numbers = self._network.patterns[group]
        for number in numbers:
            if number not in self._met:
                self._waiting.setdefault(number, []).append(group)
                return
        for number in numbers:
            self._ready.setdefault(number, []).append(group)
        self.fresh[self._network.stratum[group]].add(group)
