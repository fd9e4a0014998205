"""Whatever stands in one element of what was sent, exports refuse it in words or go on; they never break."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from service.errors import ServiceError
from service.evaluate import Evaluator
from service.prior_auth.exports.answers import answered
from service.prior_auth.exports.cdex import submit_attachment
from service.prior_auth.exports.coverage_information import assertions
from service.prior_auth.exports.package import PackageRequest, package
from service.prior_auth.exports.pas import draft_request
from service.prior_auth.exports.sources import Sources
from service.prior_auth.packet import Packet
from tests.support import prior_auth as made
from tests.support.payers import payer

ODD: tuple[Any, ...] = (None, [], {}, [[]], [{}], 7, "", "x", {"reference": 7}, [{"system": {}, "code": []}])
Made = dict[str, Any]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every element."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from places(inner, (*path, key))


def spoilt(resource: Made) -> Iterator[Made]:
    """The resource with each odd value at each place; what it is and its id stay."""
    for path in places(resource):
        if path not in (("resourceType",), ("id",)):
            for odd in ODD:
                made_copy = copy.deepcopy(resource)
                node: Any = made_copy
                for step in path[:-1]:
                    node = node[step]
                node[path[-1]] = odd
                yield made_copy


@pytest.fixture(scope="module")
def packet(evaluator: Evaluator) -> Packet:
    return made.packet(evaluator)


def exported(packet: Packet, coverage: Made = made.COVERAGE) -> None:
    """Every export of a packet."""
    package(PackageRequest(coverages=(coverage,)), [packet], made.publisher(), made.NOW)
    sources = Sources.of_evaluation(packet.evaluation)
    draft_request(packet.order, sources, made.BILLING, made.NOW, coverage=coverage)
    submit_attachment(packet.order, sources, {"resourceType": "Bundle"}, {"value": "T-1"}, coverage=coverage)
    assertions(packet.evaluation, payer())


def test_odd_answers(packet: Packet) -> None:
    answer = package(PackageRequest(), [packet], made.publisher(), made.NOW)
    response = answer["parameter"][0]["resource"]["entry"][1]["resource"]
    response["item"] = response["item"][1:2]
    taken, tried = 0, list(spoilt({**response, "status": "completed"}))
    for odd in tried:
        with suppress(ServiceError):
            answered(packet, odd, made.publisher())
            taken += 1
    assert 0 < taken < len(tried)


def test_odd_orders(packet: Packet) -> None:
    for odd in spoilt(made.ORDER):
        question = replace(packet.evaluation.question, orders=(odd,))
        exported(replace(packet, order=odd, evaluation=replace(packet.evaluation, question=question)))


def test_odd_coverages(packet: Packet) -> None:
    for odd in spoilt(made.COVERAGE):
        question = replace(packet.evaluation.question, beside=(made.INSURER, made.CLINIC, {**odd, "id": "cov1"}))
        exported(replace(packet, evaluation=replace(packet.evaluation, question=question)), odd)


@pytest.mark.parametrize("resource", [made.INSURER, made.CLINIC], ids=["insurer", "clinic"])
def test_odd_organizations(resource: Made, packet: Packet) -> None:
    others = tuple(item for item in (made.INSURER, made.CLINIC) if item != resource)
    for odd in spoilt(resource):
        question = replace(packet.evaluation.question, beside=(*others, odd))
        exported(replace(packet, evaluation=replace(packet.evaluation, question=question)))


def test_odd_patients(packet: Packet) -> None:
    patient = packet.evaluation.record.patient
    assert patient is not None
    for odd in spoilt(made.PATIENT):
        record = replace(packet.evaluation.record, patient=replace(patient, raw=odd))
        exported(replace(packet, evaluation=replace(packet.evaluation, record=record)))
