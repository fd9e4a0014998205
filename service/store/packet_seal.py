"""What names a patient is sealed with the id of its packet inside, so that one row's words never pass for another's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.errors import StoreUnavailable
from service.store.keys import Keys
from service.store.packet_models import PacketContent
from service.store.packet_records import Content, Filing, Note

OTHER_KEY = (
    "What is kept of this packet was sealed with another key: start the service with the SPINE_CDS_HASH_KEY of then."
)


def sealed_words(keys: Keys, packet: UUID, **words: str) -> str:
    """Short words; opened again by `words`."""
    return keys.sealed(json.dumps({"packet": str(packet)} | words))


def words(keys: Keys, packet: UUID, sealed: str) -> Mapping[str, str]:
    """The words by name; raises StoreUnavailable for those of another key or packet."""
    return _of(packet, keys.opened(sealed))


def sealed_content(keys: Keys, packet: UUID, filing: Filing) -> bytes:
    """The large part of a filing."""
    body = {
        "packet": str(packet),
        "order": filing.raw_order,
        "document": filing.document,
        "page": filing.page,
        "checklist": filing.checklist,
        "notes": filing.notes,
        "request": filing.request,
    }
    return keys.packed(json.dumps(body, allow_nan=False))


def content(keys: Keys, row: PacketContent) -> Content:
    """The large part again; raises StoreUnavailable as `words` does."""
    body = _of(row.packet_id, keys.unpacked(row.sealed))
    notes = tuple(Note(*note) for note in body["notes"])
    forms = (body["document"], body["page"], body["checklist"])
    return Content(row.number, row.time, body["order"], *forms, notes, body["request"])


def _of(packet: UUID, text: str | None) -> Mapping[str, Any]:
    body: dict[str, Any] = json.loads(text) if text is not None else {}
    if body.pop("packet", None) != str(packet):
        raise StoreUnavailable(OTHER_KEY)
    return body
