"""A FHIR server on loopback that answers as a test tells it to and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer; `body` is JSON unless it is bytes; `hold` is waited for first."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None


@dataclass
class Ehr:
    """Replies by path with query; a list is used up one by one, its last reply stays."""

    base: str
    replies: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def reply(self, path: str) -> Reply:
        found = self.replies.get(path, Reply({"resourceType": "OperationOutcome"}, 404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


def _handler(ehr: Ehr) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            ehr.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            reply = ehr.reply(self.path)
            if reply.hold:
                reply.hold.wait(5)
            text = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            try:
                self.send_response(reply.status)
                for name, value in ({"Content-Type": "application/fhir+json"} | reply.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", reply.headers.get("X-Length", str(len(text))))
                self.end_headers()
                self.wfile.write(text)
            except OSError:
                self.close_connection = True
            if "X-Length" in reply.headers:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The library's queue of 5 drops connections that arrive together; a dropped one is tried again after a second.
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Ehr]:
    """A running server; its base URL ends in /fhir."""
    ehr = Ehr("")
    server = _Server(("127.0.0.1", 0), _handler(ehr))
    ehr.base = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ehr
    finally:
        server.shutdown()
        server.server_close()
