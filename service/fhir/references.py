"""Who a resource belongs to, and what its references point at, in every form that references come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from urllib.parse import parse_qs

from service.fhir.sent import Entry


class Owner(Enum):
    """Whose resource it is."""

    OURS = "ours"
    OTHER = "other"
    NOBODY = "nobody"


class Index:
    """Resources by every name under which another may refer to them."""

    def __init__(self, entries: Iterable[Entry], patient_id: str) -> None:
        self._by_name: dict[str, Mapping[str, Any]] = {}
        self._ours = {f"Patient/{patient_id}"}
        self.patient_id = patient_id
        for resource, full_url in entries:
            name = f"{resource.get('resourceType')}/{resource.get('id')}"
            self._by_name.setdefault(name, resource)
            if full_url:
                self._by_name.setdefault(full_url, resource)
                if name == f"Patient/{patient_id}":
                    self._ours.add(full_url)

    def owner(self, subject: Any) -> Owner:
        """Whether a subject reference is our patient: relative, absolute, versioned, urn:uuid or by identifier."""
        if not isinstance(subject, dict):
            return Owner.NOBODY
        reference = subject.get("reference")
        if not isinstance(reference, str) or not reference:
            return self._by_identifier(subject.get("identifier"))
        if reference in self._ours:
            return Owner.OURS
        return self._judge(reference)

    def _judge(self, reference: str) -> Owner:
        if "?" in reference:
            return self._by_query(parse_qs(reference.split("?", 1)[1]))
        plain = reference.split("/_history/")[0]
        if plain in self._ours or plain.endswith(f"/Patient/{self.patient_id}"):
            return Owner.OURS
        target = self._by_name.get(plain)
        if target is not None and target.get("resourceType") == "Patient":
            return Owner.OURS if target.get("id") == self.patient_id else Owner.OTHER
        if plain.startswith("#"):
            return Owner.NOBODY
        # A bare urn:uuid that is our patient's id: the Patient itself came under another name.
        return Owner.OURS if plain == f"urn:uuid:{self.patient_id}" else Owner.OTHER

    def _by_query(self, query: Mapping[str, list[str]]) -> Owner:
        """A conditional reference such as `Patient?identifier=system|value`."""
        if "_id" in query:
            return Owner.OURS if query["_id"] == [self.patient_id] else Owner.OTHER
        system, _, value = query.get("identifier", [""])[0].rpartition("|")
        return self._by_identifier({"system": system, "value": value})

    def _by_identifier(self, identifier: Any) -> Owner:
        if not isinstance(identifier, Mapping) or not identifier.get("value"):
            return Owner.NOBODY
        patient = self._by_name.get(f"Patient/{self.patient_id}") or {}
        own = patient.get("identifier")
        items = [item for item in own if isinstance(item, Mapping)] if isinstance(own, list) else []
        return Owner.OURS if any(_same(item, identifier) for item in items) else Owner.OTHER

    def find(self, reference: str, holder: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The resource that a reference in `holder` points at; contained ones first."""
        if reference.startswith("#"):
            contained = holder.get("contained")
            for item in contained if isinstance(contained, list) else ():
                if isinstance(item, Mapping) and item.get("id") == reference[1:]:
                    return item
            return None
        plain = reference.split("/_history/")[0]
        found = self._by_name.get(plain)
        return found if found is not None else self._by_name.get("/".join(plain.split("/")[-2:]))


def _same(own: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Equal values; the same number under two systems is two people."""
    systems = {item["system"] for item in (own, other) if isinstance(item.get("system"), str) and item["system"]}
    return bool(own.get("value") == other["value"]) and len(systems) < 2
