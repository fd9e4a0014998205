"""The part of FHIRPath that CDS Hooks 3.0 allows between `{{` and `}}`: read into paths, walked over plain JSON.

    token = path *( "|" path )
    path  = "today()" [ ( "+" | "-" ) number ( "day" | "days" ) ]
          | root *( "." step )
    root  = "context" | "%" key | a user token such as userPractitionerId
    step  = element | "ofType(" resource type ")" | "resolve()"

Own code although there are FHIRPath libraries: they evaluate much more than a template may contain, would have to be
fenced in, and none resolves references among the resources of a hook's context.

`resolve()` reads nothing. It finds contained resources and those that came with the request; of any other literal
reference it knows type and id, which is what templates ask for, and asking for more makes the token unanswerable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from service.hooks.fhir_r4 import CHOICES, RESOURCE_TYPES

TODAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d{1,5})\s*days?)?")
ROOT = re.compile(r"%?[A-Za-z][A-Za-z0-9_]*")
OF_TYPE = re.compile(r"ofType\(\s*([A-Za-z]+)\s*\)")
ELEMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
RELATIVE = re.compile(r"([A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?")
RESOLVE = "resolve()"
CONTEXT = "context"


class PathFault(ValueError):
    """A token that cannot be read; the text is for whoever wrote the template."""


class Unanswerable(Exception):
    """A token without a value for this request; the text is a plain sentence part without any value."""


class Step(NamedTuple):
    """One step of a path: an element's name, `resolve()`, or the resource type that `ofType` keeps."""

    name: str
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """One path as written; `days` counts from today and is None for paths into data."""

    text: str
    root: str
    steps: tuple[Step, ...] = ()
    days: int | None = None

    @property
    def is_date(self) -> bool:
        """Whether it is today's date or one reckoned from it."""
        return self.days is not None

    @property
    def earlier_key(self) -> str:
        """The prefetch key that it looks into, '' when none."""
        return self.root[1:] if self.root.startswith("%") else ""


class Pointer(NamedTuple):
    """What a reference says about a resource that did not come with the request."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token may look into: values by root, resources by every name, the day, and the server's base URL."""

    roots: Mapping[str, Any]
    by_name: Mapping[str, Mapping[str, Any]]
    today: date
    server: str = ""


class _At(NamedTuple):
    value: Any
    holder: Mapping[str, Any]  # the resource around it, for references to contained ones


@lru_cache(maxsize=512)
def parsed(token: str) -> tuple[Path, ...]:
    """The paths of a token; raises PathFault."""
    return tuple(_path(text.strip()) for text in token.split("|"))


def _path(text: str) -> Path:
    if reckoned := TODAY.fullmatch(text):
        sign, days = reckoned.groups()
        return Path(text, "today()", days=int(f"{sign}{days}") if sign else 0)
    root, *steps = text.split(".")
    if not ROOT.fullmatch(root):
        raise PathFault(f"{text or 'nothing'} is no path that a template may use")
    return Path(text, root, tuple(_step(step) for step in steps))


def _step(text: str) -> Step:
    if text == RESOLVE:
        return Step(RESOLVE)
    if kept := OF_TYPE.fullmatch(text):
        if kept[1] not in RESOURCE_TYPES:
            raise PathFault(f"{kept[1]} in ofType is no FHIR R4 resource type")
        return Step("ofType", kept[1])
    if not ELEMENT.fullmatch(text):
        raise PathFault(f"{text or 'an empty step'} is neither an element, ofType(...) nor resolve()")
    return Step(text)


def values(token: str, scope: Scope) -> tuple[str, ...]:
    """All values of a token, each once; raises Unanswerable when there is none or one is not a simple value."""
    found = [value for path in parsed(token) for value in _values(path, scope)]
    if not found:
        raise Unanswerable(f"the request lacks a value that its query needs ({token})")
    return tuple(dict.fromkeys(found))


def _values(path: Path, scope: Scope) -> Iterator[str]:
    if path.days is not None:
        yield _day(path, scope.today)
        return
    items = [_At(scope.roots.get(path.root), {})]
    for step in path.steps:
        items = list(_stepped(items, step, scope, path))
    for item in _flat(items):
        if isinstance(item.value, Pointer | Mapping):
            raise Unanswerable(f"a value that its query needs is not a simple one ({path.text})")
        if text := _rendered(item.value):
            yield text


def _day(path: Path, today: date) -> str:
    try:
        return (today + timedelta(days=path.days or 0)).isoformat()
    except OverflowError:
        raise Unanswerable(f"there is no such day ({path.text})") from None


def _rendered(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).strip()


def _stepped(items: Iterable[_At], step: Step, scope: Scope, path: Path) -> Iterator[_At]:
    if step.name == RESOLVE:
        seen: set[int | Pointer] = set()
        for item in _flat(items):
            target = _resolved(item, scope)
            mark = target if isinstance(target, Pointer) else id(target)
            if target is not None and mark not in seen:  # else the same things would multiply from step to step
                seen.add(mark)
                yield _At(target, {} if isinstance(target, Pointer) else target)
        return
    for item in _flat(items):
        if step.kept:
            kind = item.value.type if isinstance(item.value, Pointer) else _kind(item.value)
            if kind == step.kept:
                yield item
        else:
            yield from _element(item, step.name, path)


def _element(item: _At, name: str, path: Path) -> Iterator[_At]:
    if isinstance(item.value, Pointer):
        if name != "id":
            raise Unanswerable(f"its query needs a resource that did not come with the request ({path.text})")
        yield _At(item.value.id, {})
    elif isinstance(item.value, Mapping):
        holder = item.value if _kind(item.value) and item.holder.get("contained") is None else item.holder
        for key, value in item.value.items():
            if key == name or (key.startswith(name) and key[len(name) :] in CHOICES):
                yield _At(value, holder)


def _flat(items: Iterable[_At]) -> Iterator[_At]:
    for value, holder in items:
        if isinstance(value, list):
            yield from _flat(_At(one, holder) for one in value)
        else:
            yield _At(value, holder)


def _resolved(item: _At, scope: Scope) -> Mapping[str, Any] | Pointer | None:
    """What a reference points at; None for what is no reference, and for one that leads to another server."""
    reference = item.value.get("reference") if isinstance(item.value, Mapping) else item.value
    if not isinstance(reference, str) or not reference:
        return None
    if reference.startswith("#"):
        contained = item.holder.get("contained")
        known = contained if isinstance(contained, list) else []
        return next((one for one in known if isinstance(one, Mapping) and one.get("id") == reference[1:]), None)
    if reference in scope.by_name:
        return scope.by_name[reference]
    own = scope.server.rstrip("/") + "/"
    relative = RELATIVE.fullmatch(reference.removeprefix(own) if len(own) > 1 else reference)
    if not relative or relative[1] not in RESOURCE_TYPES:
        return None
    return scope.by_name.get(f"{relative[1]}/{relative[2]}") or Pointer(relative[1], relative[2])


def _kind(value: Any) -> str:
    kind = value.get("resourceType") if isinstance(value, Mapping) else None
    return kind if isinstance(kind, str) else ""
