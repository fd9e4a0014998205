"""All shared patients through patient-view over HTTP: `python -m tests.e2e.population URL` prints the table."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import requests

from fhir_samples.requests import SERVICE, hook_request
from service.answer import READING
from service.cards.extension import NAME
from service.files import read_entries
from tests.conftest import SHARED


@dataclass
class Answered:
    """One patient's answer: status, seconds, cards and what was read."""

    name: str
    status: int
    seconds: float
    body: dict[str, Any]
    sent: int
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def reading(self) -> dict[str, Any]:
        """The reading part of the response."""
        found: dict[str, Any] = self.body.get("extension", {}).get(READING, {})
        return found


def patients(shared: Path = SHARED) -> Iterator[Path]:
    """The patient files, providers left out."""
    return (path for path in sorted(shared.glob("data/patients/*/*.json.gz")) if not path.parent.name.startswith("_"))


def ask(url: str, path: Path, session: requests.Session) -> Answered:
    """Send one patient as patient-view."""
    body = json.dumps(hook_request(read_entries(path), "patient-view"))
    started = time.perf_counter()
    answer = session.post(
        f"{url}/cds-services/{SERVICE['patient-view']}", data=body, headers={"Content-Type": "application/json"}
    )
    seconds = time.perf_counter() - started
    document = answer.json()
    kinds = Counter(card["extension"][NAME]["kind"] for card in document.get("cards", ()))
    return Answered(path.name, answer.status_code, seconds, document, len(body), kinds)


def table(answers: list[Answered]) -> str:
    """Patients, resources, repairs, cards by kind, p50 and p99."""
    kinds: Counter[str] = sum((answer.kinds for answer in answers), Counter())
    gaps: Counter[str] = Counter(gap["kind"] for answer in answers for gap in answer.reading.get("gaps", ()))
    seconds = sorted(answer.seconds for answer in answers)
    resources = sum(answer.reading.get("resources", 0) for answer in answers)
    used = sum(answer.reading.get("used", 0) for answer in answers)
    rows = [
        ("patients", f"{len(answers)}"),
        ("megabytes sent", f"{sum(answer.sent for answer in answers) / 1e6:.0f}"),
        ("resources sent, used", f"{resources}, {used}"),
        ("statuses", ", ".join(f"{k}: {v}" for k, v in sorted(Counter(a.status for a in answers).items()))),
        ("gaps by kind", ", ".join(f"{k}: {v}" for k, v in sorted(gaps.items())) or "none"),
        ("cards by kind", ", ".join(f"{k}: {v}" for k, v in sorted(kinds.items())) or "none"),
        ("patients without a card", f"{sum(1 for answer in answers if not answer.kinds)}"),
        ("p50, p99 in ms", f"{median(seconds) * 1e3:.1f}, {quantiles(seconds, n=100)[98] * 1e3:.1f}"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def main() -> None:
    """Ask a running server about every patient and print the table."""
    session = requests.Session()
    print(table([ask(sys.argv[1], path, session) for path in patients()]))


if __name__ == "__main__":
    main()
