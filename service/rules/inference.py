"""Four strata over the handles of one program: forward chaining inside a stratum, explicit absence between them.

Runs in the engine process only. A handle is woken only when each pattern of its rules has a fact that could meet it,
and is given only those facts: what cannot fire costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from service.rules.driver import Handle
from service.rules.memory import ABSENT, Memory


class Inference:
    """A program ready to run; `run` takes facts and gives what was derived and concluded."""

    def __init__(self, program: Mapping[str, Any], handles: dict[str, Handle]) -> None:
        """`handles` are shared with other programs where the rules are the same; each is built when first needed."""
        self._actions: Mapping[str, Any] = program["actions"]
        self._tables: Mapping[str, Any] = program["tables"]
        self._strata: list[Stratum] = []
        constants: dict[str, set[str]] = {}
        for number, stratum in enumerate(program["strata"]):
            groups = []
            for place, item in enumerate(stratum["handles"]):
                groups.append(Group(handles, f"{program['signature']}-{number}-{place}", item))
                for kind, fields in item["want"]:
                    constants.setdefault(kind, set()).update(name for name, _ in fields[:1])
            self._strata.append(Stratum(groups))
        self._constants = {kind: tuple(sorted(names)) for kind, names in constants.items()}

    def run(self, facts: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """Derived facts as [number, kind, fields, parents, rule] and conclusions as [rule, {alias: number}].

        Facts are numbered 1..n in the order given; derived facts and absences go on counting. `also` has further
        parents of derived facts.
        """
        memory = Memory(self._actions, self._tables, self._constants)
        try:
            for kind, fields in facts:
                memory.add(kind, fields)
            for stratum in self._strata:
                memory.begin_stratum()
                stratum.saturate(memory)
        finally:
            for stratum in self._strata:
                stratum.clear()
        return {"derived": memory.derived, "concluded": memory.concluded, "also": memory.also}


class Group:
    """One engine handle and what its rules want: for each pattern a kind with its constants.

    The handle is built when a patient first needs it: most rules are about what few patients have, and each handle
    takes a tenth of a megabyte.
    """

    def __init__(self, handles: dict[str, Handle], name: str, item: Mapping[str, Any]) -> None:
        self._handles, self._name, self._item = handles, name, item
        self._built: Handle | None = None
        self._want = [(kind, [(name, value) for name, value in constants]) for kind, constants in item["want"]]
        self._asserted: set[int] = set()
        self.keys = [(kind, *constants[0]) if constants else kind for kind, constants in self._want]
        # Absences are looked into only when everything else is there.
        self._needed = frozenset(key for key in self.keys if not str(key).startswith(ABSENT))

    @property
    def _handle(self) -> Handle:
        if self._built is None:
            key = json.dumps(self._item, sort_keys=True)
            if key not in self._handles:
                self._handles[key] = Handle(self._name, self._item["rules"], self._item["tested"])
            self._built = self._handles[key]
        return self._built

    def run(self, memory: Memory) -> bool:
        """Fire on facts not yet seen, if every pattern could be met; whether anything was asserted."""
        if not self._needed <= memory.index.keys():
            return False
        wanted: set[int] = set()
        for kind, constants in self._want:
            places = memory.places(kind, constants)
            if not places:
                return False
            wanted.update(places)
        fresh = sorted(wanted - self._asserted)
        if not fresh:
            return False
        handle = self._handle
        for place in fresh:
            handle.add(place + 1, memory.kinds[place], memory.written(place))
        self._asserted.update(fresh)
        handle.run(memory.fired)
        return True

    def clear(self) -> None:
        """Forget all facts."""
        self._asserted.clear()
        self._handle.clear()


class Stratum:
    """The groups of one stratum; `saturate` fires them until nothing new is derived."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self._first: dict[Any, list[int]] = {}
        self._any: dict[Any, list[int]] = {}
        self._awake: set[int] = set()
        for place, group in enumerate(groups):
            self._first.setdefault(group.keys[0], []).append(place)
            for key in group.keys:
                self._any.setdefault(key, []).append(place)
        self._absent = {key for key in self._first if isinstance(key, str) and key.startswith(ABSENT)}

    def saturate(self, memory: Memory) -> None:
        """What fires may derive facts for any group of the stratum: those that want them are asked again."""
        # A rule of absences alone wants nothing that is there from the start.
        asking = sorted(_places(self._first, (self._first.keys() & memory.index.keys()) | self._absent))
        while asking:
            derived = len(memory.derived)
            self._awake.update(place for place in asking if self._groups[place].run(memory))
            keys: set[Any] = set()
            for _, kind, fields, _, _ in memory.derived[derived:]:
                keys.add(kind)
                keys.update((kind, name, value) for name, value in fields.items())
            asking = sorted(_places(self._any, self._any.keys() & keys))

    def clear(self) -> None:
        """Forget all facts."""
        for place in self._awake:
            self._groups[place].clear()
        self._awake.clear()


def _places(groups: Mapping[Any, list[int]], keys: set[Any]) -> set[int]:
    return {place for key in keys for place in groups[key]}
