"""Feedback as NDJSON and CSV.

The first six columns are those that 45 CFR 170.315(b)(11)(ii)(C) is reported to ask for: intervention, action taken,
user feedback, user, date, location (secondary sources; the wording of the rule was not checked). User and location
stand as keyed hashes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection

from service.store.feedback import Shelf
from service.store.models import Feedback
from service.store.told import Days, Told, told

SIX = ("intervention", "action_taken", "user_feedback", "user", "date", "location")
OF_FEEDBACK = ("card", "known", "outcome", "suggestions", "reason_system", "reason_code", "commented", "received")
OF_CALLER = ("service", "issuer", "tenant")
OF_EVALUATION = ("rules", "content_version", "hook", "hook_instance", "evaluation", "encounter", "shown")
COLUMNS = (*SIX, *OF_FEEDBACK, *OF_CALLER, *OF_EVALUATION)
UNKNOWN = "unknown card"
# Spreadsheets run what begins like a formula, also behind blanks; full-width forms are read alike by some.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
Line = dict[str, Any]


def lines(connection: Connection, shelf: Shelf, days: Days) -> Iterator[Line]:
    """One object for each thing told in these days."""
    for item in told(connection, *days.of(Feedback.at)):
        line = _six(item, shelf.words(item.feedback.words)) | _details(item)
        yield {name: line[name] for name in COLUMNS if name in line}


def _six(item: Told, words: dict[str, str]) -> Line:
    feedback, evaluation = item.feedback, item.evaluation
    labels = {str(offer.get("uuid")): str(offer.get("label")) for offer in (item.card.suggestions if item.card else [])}
    chosen = [labels.get(text, text) for text in feedback.suggestions]
    said = [feedback.reason_code, words.get("display", ""), words.get("comment", "")]
    who = [evaluation.user_type, evaluation.user_hash] if evaluation else []
    where = [evaluation.tenant, evaluation.location_hash] if evaluation else [feedback.tenant]
    return {
        "intervention": "; ".join(f"{found.rule} {found.outcome}" for found in item.findings) or UNKNOWN,
        "action_taken": ": ".join([feedback.outcome, *([", ".join(chosen)] if chosen else [])]),
        "user_feedback": " | ".join(text for text in said if text),
        "user": " ".join(text for text in who if text),
        "date": _plain(feedback.at),
        "location": " ".join(text for text in where if text),
    }


def _details(item: Told) -> Line:
    feedback, evaluation = item.feedback, item.evaluation
    line = {
        name: _plain(getattr(feedback, name)) for name in (*OF_FEEDBACK, *OF_CALLER) if name not in ("card", "known")
    }
    line |= {"card": str(feedback.card_id), "known": evaluation is not None}
    if evaluation is None:
        return line
    return line | {
        "rules": sorted({found.rule for found in item.findings}),
        "content_version": evaluation.content_version,
        "hook": evaluation.hook,
        "hook_instance": str(evaluation.hook_instance),
        "evaluation": str(evaluation.id),
        "encounter": evaluation.encounter_hash,
        "shown": _plain(evaluation.time),
    }


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def write_ndjson(found: Iterable[Line], file: TextIO) -> int:
    """One JSON object a line; how many."""
    count = 0
    for line in found:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_csv(found: Iterable[Line], file: TextIO) -> int:
    """RFC 4180 with a header, lists joined with semicolons, nothing that a spreadsheet would run; how many rows."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for line in found:
        writer.writerow([_cell(line.get(name, "")) for name in COLUMNS])
        count += 1
    return count


def _cell(value: Any) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
