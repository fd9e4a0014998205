"""The resources of a packet by the references under which findings cite them; nothing of another patient gets in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.fhir.intake import subject_of
from service.fhir.r4 import SUBJECT
from service.fhir.references import Index, Owner
from service.fhir.sent import Entry
from service.prior_auth.packet import Packet, reference_of
from service.prior_auth.raw import Raw, items, reference

# Resources that have no patient; they come along only where one of the patient's refers to them.
OF_NOBODY = frozenset({"Organization", "Practitioner", "PractitionerRole", "Medication", "Location"})
# Elements whose target is part of what a resource says.
FOLLOWED = ("medicationReference", "payor", "requester", "performer", "reasonReference")
FOLLOWED_TYPES = OF_NOBODY | {"Condition"}


class Sources:
    """Finds entries; a reference without id (`Condition`) means every resource of that type that came without one."""

    def __init__(self, packet: Packet) -> None:
        question = packet.evaluation.question
        in_hand = [Entry(raw) for raw in (packet.order, *question.orders, *question.beside)]
        received = [entry for key in packet.evaluation.record.keys.values() for entry in key.entries]
        entries = [*in_hand, *(entry for entry in received if isinstance(entry.resource, dict))]
        self.index = Index(entries, question.patient_id)
        self._drafts = [entry.resource for entry in in_hand]
        self._known: dict[str, list[Entry]] = {}
        for entry in entries:
            self._add(entry, drafted=any(entry.resource is raw for raw in self._drafts))

    def _add(self, entry: Entry, drafted: bool) -> None:
        kind, name = entry.resource.get("resourceType"), entry.resource.get("id")
        key = reference_of(entry.resource) if drafted else f"{kind}/{name}" if name else str(kind)
        known = self._known.setdefault(key, [])
        # The first of one name is the one that was read.
        if not known or (not name and not drafted and entry not in known):
            known.append(entry)

    def find(self, cited: str) -> list[Entry]:
        """The entries that a citation names, of our patient or of nobody; [] when there are none."""
        return [entry for entry in self._known.get(cited, ()) if self._ours(entry.resource)]

    def closed(self, cited: Iterable[str]) -> list[Entry]:
        """What the citations name, and what those resources refer to as part of what they say; each once, in order."""
        found: list[Entry] = []
        waiting = [entry for name in cited for entry in self.find(name)]
        while waiting:
            entry = waiting.pop(0)
            if not any(entry.resource is known.resource for known in found):
                found.append(entry)
                waiting += self._told_by(entry.resource)
        return found

    def is_nobodys(self, raw: Raw) -> bool:
        """Whether a resource does not say whose it is."""
        kind = str(raw.get("resourceType"))
        return self.index.owner(subject_of(raw, kind, self.index)) is Owner.NOBODY

    def _told_by(self, raw: Raw) -> list[Entry]:
        targets = [reference(item) for name in FOLLOWED for item in items(raw.get(name))]
        resources = [self.index.find(target, raw) for target in targets if target and not target.startswith("#")]
        return [
            entry
            for resource in resources
            if resource is not None and resource.get("resourceType") in FOLLOWED_TYPES
            for entry in self.find(f"{resource.get('resourceType')}/{resource.get('id')}")
        ]

    def _ours(self, raw: Raw) -> bool:
        kind = str(raw.get("resourceType"))
        if kind == "Patient":
            return raw.get("id") == self.index.patient_id
        if kind in OF_NOBODY:
            return True
        if kind not in SUBJECT:
            return False
        owner = self.index.owner(subject_of(raw, kind, self.index))
        # A draft in hand is the caller's own word; one that names somebody else was refused before.
        return owner is Owner.OURS or (owner is Owner.NOBODY and any(raw is draft for draft in self._drafts))


def identity(raw: Mapping[str, object]) -> str:
    """`Type/id`, or the type alone where there is no id."""
    return f"{raw.get('resourceType')}/{raw['id']}" if raw.get("id") else str(raw.get("resourceType"))
