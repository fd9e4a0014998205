"""Calls of a limited size."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from service.api.app import create_app
from service.settings import Settings
from tests.contract.fake import FakeService

VIEW = "/cds-services/spine-patient-view"


def client_with(service: FakeService | None = None, **settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), service or FakeService()).test_client()
