"""The resources of a packet by the references under which findings cite them; nothing of another patient gets in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from service.fhir.intake import subject_of
from service.fhir.r4 import SUBJECT
from service.fhir.references import Index, Owner
from service.fhir.sent import Entry
from service.prior_auth.packet import OF_NOBODY, Packet, reference_of
from service.prior_auth.raw import Raw, human_name, items, reference, text

# Elements whose target is part of what a resource says.
FOLLOWED = ("medicationReference", "payor", "requester", "performer", "practitioner", "organization", "reasonReference")
# Who pays is told also where no rule knows the payer.
SAID_BY_ALL = frozenset({"Coverage"})
FOLLOWED_TYPES = OF_NOBODY | {"Condition"}


class Sources:
    """Finds entries by citation; one without id (`Condition`) means all that was read of that type without one."""

    def __init__(self, packet: Packet) -> None:
        question, record = packet.evaluation.question, packet.evaluation.record
        in_hand = [Entry(raw) for raw in (packet.order, *question.orders, *question.beside)]
        received = [entry for key in record.keys.values() for entry in key.entries]
        entries = [*in_hand, *(entry for entry in received if isinstance(entry.resource, dict))]
        self.index = Index(entries, question.patient_id)
        self._drafts = {id(entry.resource) for entry in in_hand}
        self._known: dict[str, list[Entry]] = {}
        read = {id(resource.raw) for resource in record.resources}
        for entry in entries:
            drafted = id(entry.resource) in self._drafts
            name = reference_of(entry.resource) if drafted else identity(entry.resource)
            if drafted or "/" in name:
                # The first of one name is the one that was read.
                self._known.setdefault(name, [entry])
            elif id(entry.resource) in read or name in SAID_BY_ALL:
                self._known.setdefault(name, []).append(entry)

    def find(self, cited: str) -> list[Entry]:
        """The entries that a citation names, of our patient or of nobody; [] when there are none."""
        return [entry for entry in self._known.get(cited, ()) if self._ours(entry.resource)]

    def closed(self, cited: Iterable[str]) -> list[Entry]:
        """What the citations name, and what those resources refer to as part of what they say; each once, in order."""
        found: dict[int, Entry] = {}
        waiting = deque(entry for name in cited for entry in self.find(name))
        while waiting:
            entry = waiting.popleft()
            if id(entry.resource) not in found:
                found[id(entry.resource)] = entry
                waiting += self._told_by(entry.resource)
        return list(found.values())

    def who(self, value: Any, holder: Raw) -> str:
        """Whom a Reference names: as it says itself, else as its target is called; '' where neither does."""
        for item in items(value):
            target = self.index.find(reference(item), holder) if reference(item) else None
            behind = self.who(target.get("practitioner"), target) if target and target is not holder else ""
            named = text(item.get("display")) or (text(target.get("name")) or human_name(target) if target else "")
            if named or behind:
                return named or behind
        return ""

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
        return owner is Owner.OURS or (owner is Owner.NOBODY and id(raw) in self._drafts)


def identity(raw: Mapping[str, object]) -> str:
    """`Type/id`, or the type alone where there is no id."""
    return f"{raw.get('resourceType')}/{raw['id']}" if raw.get("id") else str(raw.get("resourceType"))
