"""YAML files as plain values; two equal keys and unreadable files stop the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from service.errors import ContentInvalid


class _Loader(yaml.CSafeLoader):
    """YAML that refuses two equal keys; PyYAML would silently keep the last."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise ContentInvalid(f"{node.start_mark.name}, line {node.start_mark.line + 1}: key {key!r} stands twice")
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """A YAML file's value; raises ContentInvalid with file and line."""
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=_Loader)
    except FileNotFoundError:
        raise ContentInvalid(f"{path.parent.name}/{path.name} is missing") from None
    except yaml.YAMLError as error:
        raise ContentInvalid(f"{path.parent.name}/{path.name}: {error}") from error
