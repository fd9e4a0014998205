"""Seam: the forms of a packet until the modules that make them are merged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.errors import PdfUnavailable
from service.prior_auth.packet import Packet


def document(packet: Packet, when: datetime) -> dict[str, Any]:
    resources = [entry for known in packet.evaluation.record.keys.values() for entry in known.entries]
    entries = [{"resource": packet.order}, *({"resource": entry.resource} for entry in resources)]
    return {"resourceType": "Bundle", "type": "document", "timestamp": when.isoformat(), "entry": entries}


def html(packet: Packet, when: datetime) -> str:
    return f"<!doctype html><title>{packet.title}</title>"


def checklist_json(packet: Packet) -> dict[str, Any]:
    return {"title": packet.title}


def pdf(page: str) -> bytes:
    raise PdfUnavailable("no PDF yet")
