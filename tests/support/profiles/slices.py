"""Which slice a value belongs to, by the discriminators of the slicing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.profiles.guides import Guide
from tests.support.profiles.snapshot import Element, Snapshot
from tests.support.profiles.values import at, fits, outside

Belongs = Callable[[str, Any], bool]


def matches(snapshot: Snapshot, sliced: Element, part: Element, guide: Guide) -> Belongs | None:
    """Whether a value (with its type, where it is a choice) belongs to a slice; None where that cannot be told."""
    discriminators = sliced.get("slicing", {}).get("discriminator", [])
    tests = [_test(snapshot, item, part, guide) for item in discriminators]
    if not tests or any(test is None for test in tests):
        return None
    return lambda kind, value: all(test(kind, value) for test in tests if test is not None)


def _test(snapshot: Snapshot, discriminator: dict[str, str], part: Element, guide: Guide) -> Belongs | None:
    path = discriminator["path"]
    if discriminator["type"] == "type":
        return _by_type(snapshot, path, part)
    if discriminator["type"] not in ("value", "pattern"):
        return None
    if path == "url":
        urls = [str(item["fixedUri"]) for item in snapshot.below(part["id"], "url") if "fixedUri" in item]
        urls = [u for item in part.get("type", ()) for u in item.get("profile", ())] or urls
        return (lambda _, value: value.get("url") == urls[0].split("|")[0]) if urls else None
    definitions = [part] if path == "$this" else list(snapshot.below(part["id"], path))
    wanted = [value for item in definitions for key, value in item.items() if key.startswith(("fixed", "pattern"))]
    if wanted:
        return lambda _, value: any(fits(found, wanted[0]) for found in at(value, path))
    bound = [item["binding"]["valueSet"] for item in definitions if item.get("binding", {}).get("valueSet")]
    if bound and guide.find(bound[0], "ValueSet"):
        return lambda _, value: any(not outside(found, bound[0], guide) for found in at(value, path))
    return None


def _by_type(snapshot: Snapshot, path: str, part: Element) -> Belongs:
    definitions = [part] if path == "$this" else list(snapshot.below(part["id"], path))
    types = {item["code"] for definition in definitions for item in definition.get("type", ())}

    def belongs(kind: str, value: Any) -> bool:
        if path == "$this" and kind:
            return any(kind.lower() == item.lower() for item in types)
        return any(isinstance(found, dict) and found.get("resourceType") in types for found in at(value, path))

    return belongs
