"""Published implementation guides from their packages: profiles, value sets and examples by canonical URL."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

Resource = dict[str, Any]
FOLDER = "standards/fixtures/ig-packages"


@dataclass(slots=True)
class Guide:
    """Conformance resources by URL without version, and examples by file name."""

    by_url: dict[str, Resource] = field(default_factory=dict)
    examples: dict[str, Resource] = field(default_factory=dict)

    def find(self, url: str, kind: str = "StructureDefinition") -> Resource | None:
        """A resource by canonical URL, whatever version is asked for."""
        found = self.by_url.get(url.split("|")[0])
        return found if found is not None and found["resourceType"] == kind else None

    def type_of(self, url: str) -> str:
        """The resource type a profile constrains, '' for one that is not known."""
        plain = url.split("|")[0]
        if plain.startswith("http://hl7.org/fhir/StructureDefinition/"):
            return plain.rsplit("/", 1)[-1]
        found = self.find(plain)
        return str(found["type"]) if found else ""


def guide(shared: Path, *packages: str) -> Guide:
    """The guide made of these packages; of two resources with one URL, and of examples, the first package's count."""
    read = [_package(shared / FOLDER / package) for package in packages]
    by_url = {url: resource for package in reversed(read) for url, resource in package.by_url.items()}
    return Guide(by_url, read[0].examples)


@lru_cache(maxsize=12)
def _package(path: Path) -> Guide:
    found = Guide()
    with tarfile.open(path) as package:
        for member in package:
            parts = Path(member.name).parts
            if not member.isfile() or Path(member.name).suffix != ".json" or parts[-1].startswith("."):
                continue
            stream = package.extractfile(member)
            assert stream is not None
            if parts[1:-1] == ("example",):
                found.examples[parts[-1]] = json.load(stream)
            elif len(parts) == 2 and parts[-1].startswith(("StructureDefinition", "ValueSet", "CodeSystem")):
                resource = json.load(stream)
                found.by_url[resource["url"]] = resource
    return found
