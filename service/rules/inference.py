"""Four strata over the handles of one program: forward chaining inside a stratum, explicit absence between them.

Runs in the engine process only. A handle is woken only when each pattern of its rules has a fact that could meet it,
and is given only those facts: what cannot fire costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.rules.matches import ABSENT, Matches, Network
from service.rules.memory import Memory
from service.rules.recall import Handles, Recall


class Inference:
    """A program ready to run; `run` takes facts and gives what was derived and concluded."""

    def __init__(self, program: Mapping[str, Any], handles: Handles) -> None:
        """`handles` are shared with other programs where the rules are the same; each is built when first needed."""
        self._actions: Mapping[str, Any] = program["actions"]
        self._tables: Mapping[str, Any] = program["tables"]
        self._groups: list[Group] = []
        wanted: list[list[list[tuple[str, tuple[tuple[str, Any], ...]]]]] = []
        for stratum in program["strata"]:
            wanted.append([])
            for item in stratum["handles"]:
                name = f"{program['signature']}-{len(self._groups)}"
                self._groups.append(Group(handles, name, item))
                wanted[-1].append([(kind, tuple((n, v) for n, v in constants)) for kind, constants in item["want"]])
        self._network = Network(wanted)

    def run(self, facts: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """Derived facts as [number, kind, fields, parents, rule] and conclusions as [rule, {alias: number}].

        Facts are numbered 1..n in the order given; derived facts and absences go on counting. `also` has further
        parents of derived facts, with the rule that found them.
        """
        matches = Matches(self._network)
        memory = Memory(self._actions, self._tables, matches)
        woken: set[int] = set()
        try:
            for kind, fields in facts:
                memory.add(kind, fields)
            for stratum in range(self._network.strata):
                memory.begin_stratum()
                self._saturate(memory, matches, stratum, woken)
        finally:
            for group in woken:
                self._groups[group].clear()
        return {"derived": memory.derived, "concluded": memory.concluded, "also": memory.also}

    def _saturate(self, memory: Memory, matches: Matches, stratum: int, woken: set[int]) -> None:
        """What fires may derive facts for any group of the stratum: those that want them are asked again."""
        while matches.fresh[stratum]:
            asking, matches.fresh[stratum] = sorted(matches.fresh[stratum]), set()
            for group in asking:
                woken.add(group)
                self._groups[group].run(memory, matches.places(group))


class Group:
    """One engine handle and what its rules want.

    The handle is built when a patient first needs it: most rules are about what few patients have, and each handle
    takes a tenth of a megabyte.
    """

    def __init__(self, handles: Handles, name: str, item: Mapping[str, Any]) -> None:
        self._handles, self._name, self._rules = handles, name, item["rules"]
        self._used: Recall | None = None
        self._tested = {kind: tuple(fields) for kind, fields in item["tested"].items()}
        self._absences = [kind for kind, _ in item["want"] if kind.startswith(ABSENT)]
        self._given: list[int] = []

    @property
    def _recall(self) -> Recall:
        if self._used is None:
            self._used = self._handles.of(self._name, self._rules)
        return self._used

    def run(self, memory: Memory, wanted: set[int]) -> None:
        """Fire on those of the wanted facts that are new, if the absences hold as well."""
        # Absences are looked into only when everything else is there.
        for kind in self._absences:
            places = memory.absences(kind)
            if not places:
                return
            wanted.update(places)
        fresh = sorted(wanted.difference(self._given) if self._given else wanted)
        if not fresh:
            return
        self._given += fresh
        given, tested, kinds = self._given, self._tested, memory.kinds
        for rule, match in self._recall.run(tuple([memory.body(place, tested[kinds[place]]) for place in fresh])):
            memory.fired(rule, {alias: given[number - 1] + 1 for alias, number in match.items()})

    def clear(self) -> None:
        """Forget all facts."""
        if self._given:
            self._given.clear()
            self._recall.clear()
