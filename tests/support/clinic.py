"""The EHR of one sample patient over HTTP: a search of any type finds the patient's resources of that type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.ehr import Ehr, Reply

Resource = Mapping[str, Any]


def searchset(resources: Iterable[Resource] = (), following: str = "") -> dict[str, Any]:
    """A page of a search."""
    made: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    made["entry"] = [{"resource": dict(resource)} for resource in resources]
    if following:
        made["link"] = [{"relation": "next", "url": following}]
    return made


@dataclass
class Clinic(Ehr):
    """Reads and searches from a record; `replies` by path or by type come first."""

    record: list[Resource] = field(default_factory=list)

    def answer(self, path: str) -> Reply:
        where = path.removeprefix("/fhir/").partition("?")[0]
        for asked in (path, where):
            if asked in self.replies:
                return super().answer(asked)
        type_, _, id_ = where.partition("/")
        return self._found(type_, id_)

    def found(self, type_: str) -> list[Resource]:
        """All resources of a type."""
        return [resource for resource in self.record if resource["resourceType"] == type_]

    def _found(self, type_: str, id_: str) -> Reply:
        found = self.found(type_)
        if not id_:
            return Reply(searchset(found))
        one = [resource for resource in found if resource["id"] == id_]
        return Reply(one[0]) if one else Reply({"resourceType": "OperationOutcome"}, 404)


def clinic(prefetch: Mapping[str, Any]) -> Clinic:
    """The EHR that holds what a request would have sent."""
    record: list[Resource] = []
    for value in prefetch.values():
        entries = value.get("entry", []) if value["resourceType"] == "Bundle" else [{"resource": value}]
        record += [entry["resource"] for entry in entries]
    return Clinic("", record=record)
