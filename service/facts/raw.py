"""Codes and words as raw resources hold them, before anything is validated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.fhir.intake import codings_of
from service.fhir.sent import Resource

LOINC = "http://loinc.org"


def question_of(item: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The code that a form's item may be linked by, as a LOINC coding, and its words."""
    link, text = item.get("linkId"), item.get("text")
    code = str(link).strip().strip("/").split("/")[-1] if isinstance(link, str | int) else ""
    return {"system": LOINC, "code": code}, text if isinstance(text, str) else ""


def texts_of(concept: Any) -> list[str]:
    """The text and displays of a raw CodeableConcept, each once."""
    if not isinstance(concept, Mapping):
        return [concept] if isinstance(concept, str) and concept.strip() else []
    texts = [concept.get("text"), *(coding.get("display") for coding in codings_of(concept))]
    return list(dict.fromkeys(text for text in texts if isinstance(text, str) and text.strip()))


def says_code(codings: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any coding can be told to mean something: a code with its system."""
    return any(isinstance(c.get("code"), str | int) and str(c["code"]).strip() and c.get("system") for c in codings)


def ingredients(medication: Resource) -> list[Any]:
    """The concepts of a Medication's ingredients."""
    items = listed(medication.get("ingredient"))
    return [item.get("itemCodeableConcept") for item in items if isinstance(item, Mapping)]


def listed(value: Any) -> list[Any]:
    """A list as it is, [] for anything else."""
    return value if isinstance(value, list) else []
