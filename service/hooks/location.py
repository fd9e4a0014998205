"""The place that a hook's context names, if any: where an appointment is, or an order is to be carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PLACE = "Location/"


def location(context: Mapping[str, Any]) -> str:
    """The first reference to a Location among the resources of the context, '' without one."""
    return next((text for resource in _resources(context) for text in _places(resource)), "")


def _resources(context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in context.values():
        entries = value.get("entry") if isinstance(value, Mapping) else None
        for entry in entries if isinstance(entries, list) else ():
            resource = entry.get("resource") if isinstance(entry, Mapping) else None
            if isinstance(resource, Mapping):
                yield resource


def _places(resource: Mapping[str, Any]) -> Iterator[str]:
    named = _list(resource.get("locationReference"))
    named += [item.get("actor") for item in _list(resource.get("participant")) if isinstance(item, Mapping)]
    for item in named:
        reference = item.get("reference") if isinstance(item, Mapping) else None
        if isinstance(reference, str) and PLACE in reference:
            yield reference


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []
