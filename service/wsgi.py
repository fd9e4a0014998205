"""The WSGI application that gunicorn serves: settings from the environment, one service for each worker."""

from __future__ import annotations

from service.api.app import create_app
from service.assembly import SpineService
from service.settings import Settings

settings = Settings.load()
service = SpineService(settings)
service.start()
app = create_app(settings, service)
