"""What a prefetch template may be before anybody is told of it (checklist B7, E1, E3, E8).

Refused is what no client could fill, and what lies outside the query forms that CDS Hooks recommends: instance reads
and type searches with `patient=`, tokens with `=` or `:in`, dates with eq, lt, gt, ge or le, `_count` and `_sort`.
Remarked on is what only some clients can fill; those leave the key out, and the service fetches it itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from service.hooks.contexts import HOOKS
from service.hooks.fhir_r4 import COMMON, RESOURCE_TYPES, SEARCH_PARAMETERS
from service.hooks.paths import CONTEXT, RESOLVE, Path
from service.hooks.templates import Template, TemplateFault, template
from service.hooks.tokens import TYPE_OF_USER_TOKEN, token_names

MARK = "\ufffc"  # stands where a token stood
LITERAL = re.compile(r"[A-Za-z0-9/?&=:_.,|%-]*")
LIMITS = re.compile(r"(eq|lt|gt|ge|le)?([0-9]{4}(-[0-9]{2}){0,2}(T[0-9:.Z+-]+)?|" + MARK + ")")
SORT = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")


def faults(hook: str, prefetch: Mapping[str, str]) -> list[str]:
    """What is wrong with the templates of one service on a hook, one line each; [] when nothing is."""
    found, earlier = [], set[str]()
    for key, text in prefetch.items():
        try:
            read = template(text)
            found += [f"prefetch {key} {fault}" for fault in (*_token_faults(read, hook, earlier), *_form(read))]
        except TemplateFault as fault:
            found.append(f"prefetch {key} cannot be read: {fault}")
        earlier.add(key)
    return found


def remarks(hook: str, prefetch: Mapping[str, str]) -> list[str]:
    """What only some clients can fill in templates without faults, one line each."""
    simple = token_names(hook)
    found = []
    for key, text in prefetch.items():
        read = template(text)
        found += [f"prefetch {key} needs a client of CDS Hooks 3.0 for {t}" for t in read.tokens if t not in simple]
        for name, _ in _parameters(read):
            kind = _kind(read.resource_type, name)
            if kind in ("reference", "string", "uri") and name != "patient":
                found.append(f"prefetch {key} searches by {name}, which is outside the recommended queries")
            if name == "_maxresults":
                found.append(f"prefetch {key} needs a client of CDS Hooks 3.0 for _maxresults")
    return found


def _token_faults(read: Template, hook: str, earlier: set[str]) -> Iterator[str]:
    fields = {field.name: field.token for field in HOOKS[hook].fields}
    for path in read.paths:
        if problem := _path_fault(path, fields, earlier):
            yield f"uses the token {path.text}, {problem}"
        elif path.is_date and not read.is_search:
            yield f"uses the token {path.text}, and a date is no place to read from"


def _path_fault(path: Path, fields: Mapping[str, bool], earlier: set[str]) -> str:
    if path.earlier_key:
        return "" if path.earlier_key in earlier else "and no earlier key has that name"
    if path.is_date or (path.root in TYPE_OF_USER_TOKEN and not path.steps):
        return ""
    name = path.steps[0].name if path.root == CONTEXT and path.steps else ""
    if name not in fields:
        return "which the hook does not have"
    if len(path.steps) == 1 and not fields[name]:
        return "which holds no simple value"
    if fields[name] and len(path.steps) > 1 and path.steps[1].name != RESOLVE:
        return "which has nothing inside"
    return ""


def _form(read: Template) -> Iterator[str]:
    """Faults of the query itself, its tokens aside."""
    if read.is_token:
        return
    for literal in read.parts[::2]:
        if not LITERAL.fullmatch(literal):
            yield "has a character that no query of ours needs"
            return
    place = MARK.join(read.parts[::2]).partition("?")[0].split("/")
    if place[0] not in RESOURCE_TYPES:
        yield "asks for no FHIR R4 resource type"
        return
    if place[1:] not in ([], [MARK]) or (len(place) == 1) != read.is_search:
        yield "neither reads one resource nor searches one type"
    for name, value in _parameters(read):
        if problem := _parameter_fault(read.resource_type, name, value):
            yield problem


def _parameters(read: Template) -> list[tuple[str, str]]:
    query = MARK.join(read.parts[::2]).partition("?")[2]
    return parse_qsl(query, keep_blank_values=True)


def _kind(resource_type: str, name: str) -> str:
    plain = name.partition(":")[0]
    return COMMON.get(plain) or SEARCH_PARAMETERS.get(resource_type, {}).get(plain, "")


def _parameter_fault(resource_type: str, name: str, value: str) -> str:
    if name.startswith(("_include", "_revinclude", "_has")) or "." in name:
        return f"uses {name}; only parameters of the type itself are recommended"
    kind = _kind(resource_type, name)
    if not kind:
        return f"searches by {name}, which {resource_type or 'this'} does not have"
    modifier = name.partition(":")[2]
    if modifier and not (modifier == "in" and kind == "token"):
        return f"uses the modifier {modifier}; only :in of tokens is recommended"
    if not value:
        return f"gives {name} no value"
    if kind == "date" and not LIMITS.fullmatch(value):
        return f"compares {name} by something else than eq, lt, gt, ge or le with a date"
    if name == "_sort":
        keys = [key.removeprefix("-") for key in value.split(",")]
        known = all(SORT.fullmatch(key) and _kind(resource_type, key) for key in keys)
        return "" if known else f"sorts by what {resource_type} does not have"
    if name in ("_count", "_maxresults") and not value.isdecimal():
        return f"gives {name} no number"
    return ""
