"""What persons answered in a QuestionnaireResponse, criterion by criterion, and what of it cannot be taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from service.prior_auth.exports.forms import Forms
from service.prior_auth.exports.prefill import ORIGIN
from service.prior_auth.exports.questionnaire import ANSWERS, STATUSES, questions
from service.prior_auth.exports.sources import day
from service.prior_auth.exports.wire import Raw, items, name_of, reference_of

BY_PERSON = frozenset({"manual", "override"})
PATIENT = ("Patient", "RelatedPerson")
LONGEST = 500  # characters of what a person wrote that a checklist repeats


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says of one criterion: `status` is '' where only details were given; `on` is a day or ''."""

    criterion: str
    status: str
    words: str
    who: str
    on: str
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its value, and the origin it claims ('' where it claims none)."""

    link: str
    value: Any
    origin: str
    author: str


def statements(response: Raw, forms: Forms, remarks: list[str]) -> Iterator[Statement]:
    """One statement for each criterion that a person said something of; `remarks` gains what was not taken."""
    given: dict[str, list[Answer]] = {}
    for answer in _answers(response.get("item")):
        given.setdefault(answer.link, []).append(answer)
    further = [_written(answer.value, "") for answer in _taken(given.get("other", ()), "other", remarks)]
    remarks += [f"other: {words[:LONGEST]}" for words in further]
    for name, form in forms.criteria.items():
        details = questions(form, name)
        named = {f"{name}.found": "", **{link: detail.text for link, detail in details.items()}}
        named |= {f"{name}.date": "day of what shows it", f"{name}.evidence": "shown by"}
        units = {link: detail.unit for link, detail in details.items()}
        by_person = {link: _taken(given.get(link, ()), link, remarks) for link in (f"{name}.status", *named)}
        status = _status(by_person.pop(f"{name}.status"), name, remarks)
        words = [
            ": ".join(filter(None, (named[link], _written(answer.value, units.get(link, "")))))
            for link, answers in by_person.items()
            for answer in answers
        ]
        if status is None and not any(words):
            continue
        authors = [answer.author for link in given if link.startswith(f"{name}.") for answer in given[link]]
        yield Statement(
            name,
            status or "",
            "; ".join(words)[:LONGEST],
            _who(response, next(filter(None, authors), "")),
            day(response.get("authored")),
            name_of(response),
        )


def with_id(response: Raw) -> Raw:
    """The response; one without an id gets one made from its content, as a server that stores it would give it."""
    if name_of(response):
        return response
    return {**response, "id": str(uuid5(NAMESPACE_URL, json.dumps(response, sort_keys=True)))}


def _answers(value: Any) -> Iterator[Answer]:
    for item in items(value):
        for answer in items(item.get("answer")):
            source, author = _origin(answer)
            values = [inner for key, inner in answer.items() if key.startswith("value")]
            if values:
                yield Answer(str(item.get("linkId")), values[0], source, author)
            yield from _answers(answer.get("item"))
        yield from _answers(item.get("item"))


def _origin(answer: Raw) -> tuple[str, str]:
    """Where an answer says it comes from, and the reference of its author."""
    for extension in items(answer.get("extension")):
        if extension.get("url") == ORIGIN:
            parts = items(extension.get("extension"))
            sources = [str(part.get("valueCode", "")) for part in parts if part.get("url") == "source"]
            inner = [item for part in parts if part.get("url") == "author" for item in items(part.get("extension"))]
            people = [reference_of(item.get("valueReference")) for item in inner if item.get("url") == "practitioner"]
            return next(iter(sources), ""), next(iter(people), "")
    return "", ""


def _taken(answers: Any, link: str, remarks: list[str]) -> list[Answer]:
    """The answers of a person; one that does not say where it comes from is not taken, and that is said."""
    if any(not answer.origin for answer in answers):
        remarks.append(f"{link}: the answer does not say where it comes from, so it was not taken.")
    return [answer for answer in answers if answer.origin in BY_PERSON]


def _status(answers: list[Answer], name: str, remarks: list[str]) -> str | None:
    codes = {_code(answer.value) for answer in answers}
    if not codes:
        return None
    if len(codes) > 1 or not codes <= ANSWERS.keys():
        remarks.append(f"{name}.status: the answer is none that was offered, or several, so it was not taken.")
        return None
    return codes.pop()


def _code(value: Any) -> str:
    known = isinstance(value, Mapping) and value.get("system") == STATUSES
    return str(value.get("code")) if known else ""


def _written(value: Any, unit: str) -> str:
    """An answer in words; of a reference, a document or a code what it is called."""
    if isinstance(value, Mapping):
        named = (value.get(name) for name in ("display", "title", "text", "value", "code", "reference"))
        value, unit = next((item for item in named if item), ""), str(value.get("unit") or "")
    return f"{value} {unit}".strip() if isinstance(value, str | int | float) else ""


def _who(response: Raw, author: str) -> str:
    """Who says so: the answer's own author, else the source or the author of the whole response."""
    named = author or reference_of(response.get("source")) or reference_of(response.get("author"))
    kind = named.rsplit("/", 2)[-2] if "/" in named else ""
    return "patient" if kind in PATIENT else "practitioner"
