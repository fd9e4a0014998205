"""The samples as objects: record, order, story and what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from fhir_samples.requests import hook_question, hook_request
from service.fhir.sent import Entry
from service.files import patient_id, read_entries
from service.question import Question

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Sample:
    """One sample folder; `day` is the day its story is told on."""

    folder: Path
    about: dict[str, Any]

    @property
    def name(self) -> str:
        """Folder name, which is unique."""
        return self.folder.name

    @property
    def day(self) -> date:
        """The story's today."""
        day: date = self.about["on"]
        return day

    @property
    def hooks(self) -> list[str]:
        """Hooks that the sample is about."""
        return list(self.about["hooks"])

    @property
    def entries(self) -> list[Entry]:
        """The record."""
        return read_entries(self.folder / "record.json")

    @property
    def orders(self) -> list[Any]:
        """Draft orders, appointments or dispatched orders, [] when there are none."""
        path = self.folder / "order.json"
        return [entry.resource for entry in read_entries(path)] if path.exists() else []

    def request(self, hook: str) -> dict[str, Any]:
        """The CDS Hooks request of one hook, with the whole record as prefetch."""
        return hook_request(self.entries, hook, self.orders, self.about)

    def question(self, hook: str) -> Question:
        """What the request of one hook asks."""
        return hook_question(hook, patient_id(self.entries), self.day, self.orders, self.about)

    def known(self, hook: str) -> list[Entry]:
        """The record as one hook sees it: what is dispatched is part of it."""
        sent = self.orders if hook == "order-dispatch" else []
        return [*self.entries, *(Entry(order) for order in sent)]


def samples() -> Iterator[Sample]:
    """All samples by name."""
    for path in sorted(FOLDER.glob("*/sample.yaml")):
        yield Sample(path.parent, yaml.safe_load(path.read_text(encoding="utf-8")))
