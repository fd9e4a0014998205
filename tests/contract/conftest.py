from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.settings import Settings
from tests.contract.ehr import Ehr, serving
from tests.contract.fake import FakeService


@pytest.fixture
def settings() -> Settings:
    return Settings(today=date(2026, 11, 22))


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def client(settings: Settings, service: FakeService) -> FlaskClient:
    return create_app(settings, service).test_client()


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        yield running
