"""The WSGI application that gunicorn serves: settings from the environment, one service for each worker."""

from __future__ import annotations

import gc

from service.api.app import create_app
from service.assembly import SpineService
from service.settings import Settings
from service.store.kept import open_store
from service.store.seen_tokens import SeenTokens

settings = Settings.load()
service = SpineService(settings)
service.start()
store = open_store(settings)
# A token is good for one call in all workers; where nothing is kept, each worker remembers for itself.
app = create_app(settings, service, store, SeenTokens(store.database) if store else None, store)
# Content and models live as long as the process: the collector need not walk them again, nor stop in the middle of
# every large body, whose objects all die with the request anyway.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
