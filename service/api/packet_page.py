"""The page that a checklist's link opens: what a packet is and how to get it; it names nobody and takes nothing.

A card is opened in a browser, which has no token of this service: so the page is open, has no parameters, and shows no
packet. Whoever may read packets gets them by the routes that it names.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template_string

from service.settings import Settings

PATH = "/prior-auth/packets/new"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
TEXT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prior-authorization packets</title>
<style>
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; color: #1a1a1a; }
code { overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>The prior-authorization packet of an order</h1>
<p>The packet gathers what the record has for each criterion of the payer, with dates and sources, and what it does not
have. This page names no patient: a packet is shown only to callers that are allowed to see it.</p>
<h2>From the chart</h2>
<p>Ask your prior-authorization team, or accept the card's suggestion: it drafts a task for each who can supply what is
not documented. When that is in the record, the checklist is judged again with the next card.</p>
<h2>From your system</h2>
<ol>
<li>Send the order and the record, or the order and access to the FHIR server:
<code>POST {{ base }}/prior-auth/packets</code></li>
<li>Read it as a page, PDF, FHIR document or checklist:
<code>GET {{ base }}/prior-auth/packets/&lt;id&gt;</code>, by Accept</li>
<li>Add new data and move it on: <code>POST {{ base }}/prior-auth/packets/&lt;id&gt;/evaluate</code> and
<code>/state</code></li>
<li>For the payer's system, draft a request or an attachment: <code>/pas-request</code> and
<code>/submit-attachment</code></li>
</ol>
<p>{{ "Callers need a signed token with the scopes packets.write, packets.read and packets.export."
if checked else "Callers are not asked for a token here." }}
All routes: <a href="{{ base }}/openapi.json">openapi.json</a>.</p>
</main>
</body>
</html>
"""


def blueprint(settings: Settings) -> Blueprint:
    """The page, open to everybody."""
    routes = Blueprint("packet_page", __name__)

    @routes.get(PATH)
    def page() -> Response:
        shown = Response(
            render_template_string(TEXT, base=settings.public_url, checked=settings.callers_checked),
            mimetype="text/html",
        )
        shown.headers["Content-Security-Policy"] = POLICY
        return shown

    return routes
