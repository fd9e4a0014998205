"""A FHIR server on loopback that answers as a test tells it to and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Reply:
    """One answer; `body` is JSON unless it is bytes; `hold` is waited for first; `gone` hangs up without a word."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    gone: bool = False


@dataclass
class Ehr:
    """Replies by path with query; a list is used up one by one, its last reply stays.

    With `bearer` set, a request without this token gets a 401. `posted` are the forms that were posted.
    """

    base: str
    replies: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    bearer: str = ""
    connections: int = 0

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def reply(self, path: str, authorization: str) -> Reply:
        if self.bearer and authorization != f"Bearer {self.bearer}":
            return Reply({"resourceType": "OperationOutcome"}, 401)
        return self.answer(path)

    def answer(self, path: str) -> Reply:
        found = self.replies.get(path, Reply({"resourceType": "OperationOutcome"}, 404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


def _handler(ehr: Ehr) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            ehr.connections += 1
            super().setup()

        def do_GET(self) -> None:
            ehr.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.give(ehr.reply(self.path, self.headers.get("Authorization", "")))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            ehr.posted.append(dict(parse_qsl(form)))
            self.give(ehr.answer(self.path))

        def give(self, reply: Reply) -> None:
            if reply.hold:
                reply.hold.wait(5)
            if reply.gone:
                self.close_connection = True
                return
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
def serving(ehr: Ehr | None = None) -> Iterator[Ehr]:
    """A running server, which answers as `ehr` says; its base URL ends in /fhir."""
    ehr = ehr or Ehr("")
    server = _Server(("127.0.0.1", 0), _handler(ehr))
    ehr.base = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ehr
    finally:
        server.shutdown()
        server.server_close()
