"""A snapshot as a tree: the children of each element, plain ones and slices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Element = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Child:
    """A child element: its name without [x], whether it is a choice of types, and the slice it is, if one."""

    element: Element
    name: str
    choice: bool
    slice: str


class Snapshot:
    """The elements of one StructureDefinition by id."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.url = str(definition["url"])
        self._elements: dict[str, Element] = {}
        self._children: dict[str, list[Child]] = {}
        for element in definition["snapshot"]["element"]:
            name = str(element["id"])
            self._elements[name] = element
            parent, _, last = name.rpartition(".")
            plain, _, slice_name = last.partition(":")
            if parent:
                choice = plain.endswith("[x]")
                child = Child(element, plain.removesuffix("[x]"), choice, slice_name)
                self._children.setdefault(parent, []).append(child)
        self.root = str(definition["snapshot"]["element"][0]["id"])

    def element(self, name: str) -> Element:
        """An element by id."""
        return self._elements[name]

    def children(self, name: str) -> list[Child]:
        """Children of an element: of a slice without any, those of what it slices, or of what it refers to."""
        found = self._children.get(name)
        if found:
            return found
        refers = self._elements[name].get("contentReference")
        if refers:
            return self.children(str(refers).rpartition("#")[2])
        head, _, last = name.rpartition(".")
        plain = last.partition(":")[0]
        return self.children(f"{head}.{plain}") if ":" in last and f"{head}.{plain}" in self._elements else []

    def below(self, name: str, path: str) -> Iterator[Element]:
        """The definition at a path under an element, if the snapshot has it."""
        wanted = [name]
        for step in path.split("."):
            wanted = [
                str(child.element["id"]) for item in wanted for child in self.children(item) if child.name == step
            ]
        return (self._elements[item] for item in wanted)
