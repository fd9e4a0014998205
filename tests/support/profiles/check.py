"""The check of one resource against one profile: cardinality, fixed and pattern values, slices, types, bindings,
extensions, references and what they lead to, and the guide's own invariants as far as FHIRPath can be evaluated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fhirpathpy import evaluate
from fhirpathpy.models import models

from tests.support.profiles.guides import Guide
from tests.support.profiles.slices import matches
from tests.support.profiles.snapshot import Child, Element, Snapshot
from tests.support.profiles.values import fits, named, outside, typed

# Published invariants that cannot be evaluated as they are written; standards/davinci.md, section 1.4.
UNUSABLE = frozenset({"crd-ci-q2", "crd-ci-q4", "crd-ci-q7"})
NOT_EVALUATED = ("memberOf", "resolve()", "conformsTo")
SIMPLE = {"string": str, "code": str, "uri": str, "boolean": bool}
FOREIGN = "http://hl7.org/fhir/us/"
Resolve = Callable[[str], "Mapping[str, Any] | None"]


def faults(resource: Mapping[str, Any], profile: str, guide: Guide) -> list[str]:
    """Everything in which a resource does not fit a profile; in a Bundle, references are followed."""
    return _Check(guide, _resolver(resource)).resource(resource, profile)


def _resolver(resource: Mapping[str, Any]) -> Resolve:
    by_name: dict[str, Mapping[str, Any]] = {}
    for entry in resource.get("entry") or ():
        inner = entry.get("resource") or {}
        by_name[str(entry.get("fullUrl"))] = inner
        by_name[f"{inner.get('resourceType')}/{inner.get('id')}"] = inner
    return by_name.get


class _Check:
    def __init__(self, guide: Guide, resolve: Resolve) -> None:
        self._guide, self._resolve = guide, resolve
        self._done: set[tuple[int, str]] = set()
        self._found: list[str] = []

    def resource(self, resource: Mapping[str, Any], profile: str) -> list[str]:
        """The faults of a resource; each is checked once against each profile."""
        definition = self._guide.find(profile)
        if definition is None or (id(resource), profile) in self._done:
            return []
        self._done.add((id(resource), profile))
        if resource.get("resourceType", definition["type"]) != definition["type"]:
            return [f"{resource.get('resourceType')} is no {definition['type']}"]
        snapshot = Snapshot(definition)
        before, self._found = self._found, []
        self._node(resource, snapshot, snapshot.root, snapshot.root)
        found, self._found = self._found, before
        return found

    def _node(self, node: Any, snapshot: Snapshot, name: str, path: str) -> None:
        element = snapshot.element(name)
        self._value(node, element, path)
        self._invariants(node, element, path)
        children = snapshot.children(name)
        for child in children:
            if not child.slice:
                self._child(node, snapshot, child, path, [item for item in children if _of(child, item)])
        self._strangers(node, children, path)

    def _child(self, node: Any, snapshot: Snapshot, child: Child, path: str, slices: list[Child]) -> None:
        where = f"{path}.{child.name}"
        values = list(typed(node, child.name)) if child.choice else [("", item) for item in named(node, child.name)]
        self._count(len(values), child.element, where)
        taken: set[int] = set()
        for part in slices:
            belongs = matches(snapshot, child.element, part.element, self._guide)
            if belongs is None:
                continue
            chosen = [pair for pair in values if belongs(*pair)]
            taken |= {id(pair[1]) for pair in chosen}
            self._count(len(chosen), part.element, f"{where}:{part.slice}")
            for kind, value in chosen:
                self._typed(value, kind, part.element, f"{where}:{part.slice}")
                self._node(value, snapshot, part.element["id"], f"{where}:{part.slice}")
        closed = child.element.get("slicing", {}).get("rules") == "closed"
        for kind, value in values:
            if closed and id(value) not in taken:
                self._found.append(f"{where}: fits none of the closed slices")
            self._typed(value, kind, child.element, where)
            self._node(value, snapshot, child.element["id"], where)

    def _count(self, number: int, element: Element, where: str) -> None:
        most = element.get("max", "*")
        if number < element.get("min", 0):
            self._found.append(f"{where}: {number} of at least {element['min']}")
        if most != "*" and number > int(most):
            self._found.append(f"{where}: {number} of at most {most}")

    def _value(self, node: Any, element: Element, path: str) -> None:
        for key, wanted in element.items():
            if key.startswith("fixed") and node != wanted:
                self._found.append(f"{path}: is not {wanted!r}")
            if key.startswith("pattern") and not fits(node, wanted):
                self._found.append(f"{path}: has not {wanted!r}")
        binding = element.get("binding", {})
        if binding.get("strength") == "required" and binding.get("valueSet") and isinstance(node, str | dict):
            problem = outside(node, binding["valueSet"], self._guide)
            self._found += [f"{path}: {problem}"] if problem else []

    def _typed(self, value: Any, kind: str, element: Element, where: str) -> None:
        types = element.get("type", [])
        allowed = {item["code"].rsplit("/", 1)[-1] for item in types}
        if kind and allowed and not any(kind.lower() == item.lower() for item in allowed):
            self._found.append(f"{where}: is a {kind}, allowed are {', '.join(sorted(allowed))}")
        for item in types:
            simple = SIMPLE.get(item["code"])
            if len(types) == 1 and simple is not None and not isinstance(value, simple):
                self._found.append(f"{where}: is no {item['code']}")
        profiles = [url for item in types for url in item.get("profile", ())]
        if profiles and isinstance(value, dict):
            self._any(value, profiles, where)
        targets = [url for item in types for url in item.get("targetProfile", ())]
        if targets and isinstance(value, dict):
            self._target(value, targets, where)
        if isinstance(value, dict) and value.get("url", "").startswith(FOREIGN) and where.endswith("xtension"):
            if self._guide.find(value["url"]) is None:
                self._found.append(f"{where}: no extension has the URL {value['url']}")
            self._found += [f"{where} {fault}" for fault in self.resource(value, value["url"])]

    def _any(self, value: dict[str, Any], profiles: list[str], where: str) -> None:
        """A value has to fit one of several profiles; those that are not in the guide fit everything."""
        if any(self._guide.find(url) is None for url in profiles):
            return
        tried = [self.resource(value, url) for url in profiles]
        best = min(tried, key=len, default=[])
        self._found += [f"{where} {fault}" for fault in best]

    def _target(self, value: dict[str, Any], targets: list[str], where: str) -> None:
        reference = value.get("reference")
        if not isinstance(reference, str) or reference.startswith("#"):
            return
        types = {self._guide.type_of(url) for url in targets}
        resource = self._resolve(reference)
        parts = reference.split("/_history")[0].split("/")
        kind = str(resource["resourceType"]) if resource else (parts[-2] if len(parts) > 1 else "")
        kind = kind if kind[:1].isupper() else ""
        if kind and types and not types & {"", "Resource", kind}:
            self._found.append(f"{where}: refers to a {kind}, allowed are {', '.join(sorted(types))}")
        elif resource is not None:
            self._any(dict(resource), [url for url in targets if self._guide.type_of(url) == kind], where)

    def _strangers(self, node: Any, children: list[Child], path: str) -> None:
        """Elements that a structure does not have; data types without listed children are the models' business."""
        names = {child.name for child in children if not child.choice} | {"resourceType", "id"}
        choices = {child.name for child in children if child.choice}
        if not isinstance(node, dict) or not children or names <= {"resourceType", "id", "extension"}:
            return
        for key in node:
            plain = key.removeprefix("_")
            if plain not in names and not any(plain.startswith(name) for name in choices):
                self._found.append(f"{path}: has no element {key}")

    def _invariants(self, node: Any, element: Element, path: str) -> None:
        for rule in element.get("constraint", ()):
            expression = str(rule.get("expression", ""))
            foreign = FOREIGN in str(rule.get("source", "")) and rule.get("severity") == "error"
            if not foreign or rule["key"] in UNUSABLE or any(word in expression for word in NOT_EVALUATED):
                continue
            if evaluate(node, expression, {}, models["r4"]) not in ([True], []):
                self._found.append(f"{path}: breaks {rule['key']}: {rule['human']}")


def _of(child: Child, part: Child) -> bool:
    return bool(part.slice) and part.name == child.name and part.choice == child.choice
