"""The fake service as a WSGI application, for the test that runs it under gunicorn."""

from service.api.app import create_app
from service.settings import Settings
from service.store.kept import open_store
from tests.contract.fake import FakeService

settings = Settings.load()
app = create_app(settings, FakeService(), open_store(settings))
