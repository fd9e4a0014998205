"""Attachments (CDex): the document with what ties it to the request, or what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from service.evaluate import Evaluator
from service.prior_auth.exports.cdex import Attachment, submit_attachment
from service.prior_auth.exports.sources import Sources
from service.prior_auth.packet import Packet
from tests.support import prior_auth as made
from tests.support.drafts import instead
from tests.support.prior_auth import changed

Made = dict[str, Any]
DOCUMENT = {"resourceType": "Bundle", "type": "document", "id": "d1"}
TRACKING = {"system": "https://payer.example.org/requests", "value": "T-1"}


@pytest.fixture(scope="module")
def packet(evaluator: Evaluator) -> Packet:
    return made.packet(evaluator)


def attached(packet: Packet, *given: Any, **more: Any) -> Attachment:
    """The attachment for a packet's order."""
    return submit_attachment(packet.order, Sources.of_evaluation(packet.evaluation), *given, **more)


def named(parameters: Made) -> dict[str, Made]:
    """Parameters by name."""
    return {item["name"]: item for item in parameters["parameter"]}


def test_an_attachment_carries_the_document_and_what_ties_it_to_the_request(packet: Packet) -> None:
    found = attached(packet, DOCUMENT, TRACKING)
    assert found.parameters is not None
    parts = named(found.parameters)
    assert parts["TrackingId"]["valueIdentifier"] == TRACKING
    assert parts["MemberId"]["valueIdentifier"]["value"] == "M-1"
    assert parts["PayerId"]["valueIdentifier"]["value"] == made.PAYER[1]
    assert parts["OrganizationId"]["valueIdentifier"]["system"] == made.NPI
    assert parts["Attachment"]["part"] == [{"name": "Content", "resource": DOCUMENT}]
    assert "ProviderId" not in parts
    assert "Final" not in parts


@pytest.mark.parametrize("tracking", [None, {}, {"system": "https://payer.example.org/requests"}])
def test_without_a_tracking_number_there_is_no_attachment(tracking: Made | None, packet: Packet) -> None:
    found = attached(packet, DOCUMENT, tracking)
    assert found.parameters is None
    assert [item.element for item in found.missing] == ["TrackingId"]


def test_without_a_member_number_there_is_no_attachment(evaluator: Evaluator) -> None:
    record = instead(changed(made.COVERAGE, identifier=None))
    found = attached(made.packet(evaluator, record), DOCUMENT, TRACKING)
    assert found.parameters is None
    assert [item.element for item in found.missing] == ["Coverage.identifier (type MB)"]


def test_an_attachment_needs_neither_insurer_nor_practice(evaluator: Evaluator) -> None:
    found = attached(made.packet(evaluator, beside=()), DOCUMENT, TRACKING)
    assert found.parameters is not None
    assert {"PayerId", "OrganizationId"} & named(found.parameters).keys() == set()


def test_a_coverage_of_another_patient_makes_no_attachment(packet: Packet) -> None:
    theirs = changed(made.COVERAGE, beneficiary={"reference": "Patient/p9"})
    assert attached(packet, DOCUMENT, TRACKING, coverage=theirs).parameters is None
