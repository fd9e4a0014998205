"""Values of raw FHIR JSON: children by name, patterns, and membership in value sets as far as those are listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.profiles.guides import Guide


def typed(node: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The values of a choice of types with the type each has, as ('CodeableConcept', {...})."""
    if isinstance(node, dict):
        for key, value in node.items():
            kind = key.removeprefix(name)
            if key.startswith(name) and kind[:1].isupper():
                yield from ((kind, item) for item in (value if isinstance(value, list) else [value]))


def named(node: Any, name: str) -> list[Any]:
    """The values of a plain element; one that has nothing but extensions counts by those."""
    value = node.get(name, node.get(f"_{name}")) if isinstance(node, dict) else None
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def at(node: Any, path: str) -> list[Any]:
    """The values at a discriminator's path."""
    nodes = [node]
    for step in path.split("."):
        if step != "$this":
            nodes = [
                value
                for item in nodes
                for value in (*named(item, step), *(inner for _, inner in typed(item, step) if step == "value"))
            ]
    return nodes


def fits(value: Any, pattern: Any) -> bool:
    """Whether a value has everything that a pattern has."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(name in value and fits(value[name], pattern[name]) for name in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(item, wanted) for item in value) for wanted in pattern)
    return bool(value == pattern)


def outside(value: Any, url: str, guide: Guide) -> str:
    """Why a coded value is not in a value set, '' where it is or the set is not listed in the guide."""
    known = guide.find(url, "ValueSet")
    if known is None or "filter" in str(known.get("compose")) or "valueSet" in str(known.get("compose")):
        return ""
    included = known["compose"].get("include", [])
    if isinstance(value, str):
        codes = [_codes(item, guide) for item in included]
        found = all(item is not None for item in codes) and value not in {c for item in codes for c in item or ()}
        return f"{value!r} is not in {url}" if found else ""
    codings = value.get("coding", []) if "system" not in value else [value]
    return "" if not codings or any(_among(item, included, guide) for item in codings) else f"no code is in {url}"


def _among(coding: dict[str, Any], included: list[dict[str, Any]], guide: Guide) -> bool:
    for item in included:
        if item.get("system") == coding.get("system"):
            codes = _codes(item, guide)
            return codes is None or coding.get("code") in codes
    return False


def _codes(included: dict[str, Any], guide: Guide) -> set[str] | None:
    """The codes of one part of a value set, None where the code system is not listed."""
    if "concept" in included:
        return {item["code"] for item in included["concept"]}
    system = guide.find(included.get("system", ""), "CodeSystem")
    return {item["code"] for item in system["concept"]} if system and system.get("concept") else None
