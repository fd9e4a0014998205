"""The load run: each set of headers is sent once, the figures are read, and without wrk it is skipped aloud."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.bench import load


class Server(ThreadingHTTPServer):
    """Remembers what it was sent; answers 200, and 401 without a token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tokens: list[str] = []
        self.bodies: set[bytes] = set()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        self.server.bodies.add(self.rfile.read(int(self.headers["Content-Length"])))
        token = self.headers.get("Authorization", "")
        self.server.tokens.append(token)
        self.send_response(200 if token else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.skipif(not shutil.which("wrk"), reason="skipped: wrk is not installed")
@pytest.mark.parametrize("with_tokens", [True, False])
def test_each_token_is_sent_once_and_failures_are_counted(server: Server, tmp_path: Path, with_tokens: bool) -> None:
    sets = [{"Authorization": f'Bearer "{number}"'} for number in range(3)] if with_tokens else [{"X-A": "b"}]
    found = load.run(tmp_path, server.server_address[1], b'{"a": "\\u00e9"}', 1, 1, sets)
    assert server.bodies == {b'{"a": "\\u00e9"}'}
    if with_tokens:
        assert server.tokens[:3] == [one["Authorization"] for one in sets]
        assert found.failed == 0
        assert found.per_second > 0
        assert found.p99 > 0
    else:
        assert found.failed > 0
        assert found.per_second == 0


def test_without_wrk_there_is_one_line_and_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    said = io.StringIO()
    load.load(Console(file=said, width=200), b"{}", 1)
    assert said.getvalue().strip() == "load: skipped, there is no wrk (install with: apt-get install -y wrk)"
