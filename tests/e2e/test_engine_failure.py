"""The engine dies or hangs while a request is answered: that request fails aloud, the next one is answered as ever."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from fhir_samples.requests import SERVICE
from fhir_samples.samples import samples
from service.api.app import create_app
from service.assembly import SpineService
from service.cards.extension import NAME
from service.evaluate import Evaluator
from service.rules.engine_process import EngineProcess
from service.rules.load import Content
from service.rules.program import Program
from service.settings import Settings
from tests.support.programs import SLOW, SLOW_FACTS, wait_until_busy

SETTINGS = Settings(today=date(2026, 11, 22))
PATIENT = 20.0
REQUEST = next(sample for sample in samples() if sample.about["id"] == "s10").request("patient-view")


class AilingEngine(EngineProcess):
    """An engine that gets into endless work on the next request, when told so; `patience` in seconds ends that work."""

    ailing = False

    def __init__(self, patience: float) -> None:
        super().__init__(PATIENT)
        self._patience = patience

    def run(self, program: Program, facts: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """The real engine's answer, or minutes of work."""
        if not self.ailing:
            return super().run(program, facts)
        # Only the request that hangs is hurried: a busy machine may take its time for the others.
        self.ailing, self._timeout = False, self._patience
        try:
            return super().run(SLOW, SLOW_FACTS)
        finally:
            self._timeout = PATIENT


def ailing_service(content: Content, patience: float) -> tuple[SpineService, AilingEngine]:
    service = SpineService(SETTINGS, content)
    engine = AilingEngine(patience)
    service.engine = engine
    service.evaluator = Evaluator(content, engine, ZoneInfo(SETTINGS.zone))
    service.start()
    return service, engine


@pytest.fixture(params=[PATIENT, 0.5], ids=["killed", "hanging"])
def ailing(request: pytest.FixtureRequest, content: Content) -> Iterator[tuple[FlaskClient, AilingEngine, bool]]:
    service, engine = ailing_service(content, request.param)
    yield create_app(SETTINGS, service).test_client(), engine, request.param > 1
    engine.stop()


def ask(client: FlaskClient) -> tuple[int, Any]:
    answer = client.post(f"/cds-services/{SERVICE['patient-view']}", json=REQUEST)
    return answer.status_code, answer.get_json()


def said(answer: Any) -> list[tuple[str, str, str]]:
    return [(card["summary"], card["indicator"], card["extension"][NAME]["rule"]) for card in answer["cards"]]


def test_a_failing_engine_costs_one_request(ailing: tuple[FlaskClient, AilingEngine, bool]) -> None:
    client, engine, kill = ailing
    status, before = ask(client)
    assert (status, bool(before["cards"])) == (200, True)
    engine.ailing = True
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, client)
        if kill:
            wait_until_busy(engine.pid)
            os.kill(engine.pid, signal.SIGKILL)
        status, refused = running.result(timeout=30)
    assert status == 500
    assert refused["resourceType"] == "OperationOutcome"
    assert refused["issue"][0]["details"]["coding"][0]["code"] == "engine-failure"
    assert "s10" not in str(refused)
    started = time.monotonic()
    status, after = ask(client)
    assert time.monotonic() - started < 5
    assert status == 200
    assert said(after) == said(before)


def test_a_service_whose_engine_cannot_answer_never_answers_empty(content: Content) -> None:
    service, engine = ailing_service(content, 0.3)
    client = create_app(SETTINGS, service).test_client()
    for _ in range(3):
        engine.ailing = True
        status, answer = ask(client)
        assert status == 500
        assert "cards" not in answer
    assert ask(client)[0] == 200
    engine.stop()
