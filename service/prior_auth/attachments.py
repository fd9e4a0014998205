"""The numbered list of resources that go with a packet, and evidence that points into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from service.facts.fact import FactSource
from service.fhir.sent import Entry
from service.prior_auth.lines import Section
from service.prior_auth.raw import codes
from service.prior_auth.sources import Sources, identity

# A label that ends with its day: `MRI, lumbar (2026-10-06)`, `radicular pain, since 2026-08-24`.
DATED = re.compile(r"^(.*?),?( since| for)? (?:(\d{4}(?:-\d\d){0,2})|\((\d{4}(?:-\d\d){0,2})\))$")
WORDED = (" since", " for")
LONGEST = 110
PLAIN = {"Patient": "The patient", "Coverage": "Who pays", "Organization": "Named by another attachment"}
OTHER = "Named by another attachment"


class Attachment(NamedTuple):
    """One resource, its number from 1, and what it is here for."""

    number: int
    name: str
    what: str


class Attachments:
    """Numbers for the resources of a packet, in the order of its document."""

    def __init__(self, entries: Sequence[Entry], sources: Sources, parts: Iterable[Section]) -> None:
        self._sources = sources
        self._numbers = {id(entry.resource): number for number, entry in enumerate(entries, start=1)}
        said: dict[int, str] = {}
        for part in parts:
            for line in part.lines:
                for cited in line.references:
                    for number in self.numbers(cited):
                        said.setdefault(number, line.text)
        self.listed = [
            Attachment(number, identity(entry.resource), _what(entry, said.get(number, "")))
            for number, entry in enumerate(entries, start=1)
        ]

    def numbers(self, cited: str) -> list[int]:
        """The numbers of what a citation names."""
        found = (self._numbers.get(id(entry.resource)) for entry in self._sources.find(cited))
        return [number for number in found if number]

    def marked(self, text: str, references: Iterable[str]) -> str:
        """The text with the numbers of what it rests on: `MRI, lumbar [4, 7]`."""
        numbers = sorted({number for cited in references for number in self.numbers(cited)})
        return f"{text} [{ranges(numbers)}]" if numbers else text

    def evidence(self, because: Iterable[FactSource]) -> list[str]:
        """What a criterion rests on; things of one name are told once, with their first and last day."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for cited, label in because:
            name, day = dated(label)
            groups.setdefault(name, []).append((day, cited))
        return [
            self.marked(together(name, [day for day, _ in told]), [cited for _, cited in told])
            for name, told in groups.items()
        ]


def dated(label: str) -> tuple[str, str]:
    """What a label names, and the day it ends with."""
    match = DATED.match(label)
    if match is None:
        return label, ""
    name, word, bare, enclosed = match.groups()
    return name + (word or ""), bare or enclosed


def together(name: str, days: Sequence[str]) -> str:
    """`physical therapy, 7 times, 2026-09-22 to 2026-11-05`; `radicular pain since 2026-08-24`."""
    known = sorted(set(filter(None, days)))
    if not known:
        return name
    if len(known) > 1:
        return f"{name}, {len(known)} times, {known[0]} to {known[-1]}"
    return f"{name}{'' if name.endswith(WORDED) else ','} {known[0]}"


def ranges(numbers: Sequence[int]) -> str:
    """`3, 5–8` for 3, 5, 6, 7, 8."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _what(entry: Entry, line: str) -> str:
    kind = str(entry.resource.get("resourceType"))
    said = PLAIN.get(kind) or line or OTHER
    coded = ", ".join(codes(entry.resource.get("code"), "cpt", "hcpcs", "loinc"))
    text = said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"
    return f"{text} ({coded})" if coded and coded not in text else text
