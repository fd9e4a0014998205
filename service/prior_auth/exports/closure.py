"""All resources that some resources refer to, and those that they refer to in turn, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import Raw, name_of


def closure(sources: Sources, roots: Sequence[Raw]) -> tuple[list[Raw], list[str]]:
    """The roots and everything they need, in order of discovery; and where a reference leads to nothing sent.

    A reference by `urn:uuid` is among those too: it leads somewhere only inside the Bundle that the record came in.
    """
    found: list[Raw] = []
    lost: list[str] = []
    names: set[str] = set()
    waiting = list(roots)
    while waiting:
        resource = waiting.pop(0)
        name = name_of(resource)
        if name in names:
            continue
        names.add(name)
        found.append(resource)
        for path, reference in references(resource, str(resource.get("resourceType"))):
            target = sources.find(reference, resource)
            inside = reference.startswith("#")
            unnamed = target is None or not (inside or name_of(target))
            if unnamed or reference.startswith("urn:"):
                lost.append(path)
            if target is not None and not unnamed and not inside:
                waiting.append(target)
    return found, list(dict.fromkeys(lost))


def references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every literal reference inside a raw value, with the element it stands in."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield path, value["reference"]
        for key, inner in value.items():
            if key not in ("reference", "text"):
                yield from references(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner, path)
