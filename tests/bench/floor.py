"""The floor: the same Flask and gunicorn, the body parsed with `json`, fixed cards in the answer."""

from __future__ import annotations

import json

from flask import Flask, Response, request

CARDS = json.dumps(
    {"cards": [{"summary": f"card {n}", "indicator": "info", "source": {"label": "floor"}} for n in range(4)]}
)
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 50_000_000


@app.get("/readyz")
def ready() -> str:
    """Up."""
    return "{}"


@app.post("/cds-services/<name>")
def answer(name: str) -> Response:
    """Parse the body and answer."""
    json.loads(request.get_data())
    return Response(CARDS, content_type="application/json")
