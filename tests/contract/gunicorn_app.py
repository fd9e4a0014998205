"""The fake service as a WSGI application, for the test that runs it under gunicorn."""

from service.api.app import create_app
from service.settings import Settings
from tests.contract.fake import FakeService

app = create_app(Settings.load(), FakeService())
