"""The same body from several connections at once, by wrk: requests per second and p99, beside the floor.

wrk stops by itself after a few seconds and asks loopback only. Without wrk there is one line that says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.bench.servers import FLOOR, OURS, PATH, served

CONNECTIONS = (1, 4, 16)
WORKERS = 2
JSON_BODY = {"Content-Type": "application/json"}
# Headers are taken in turn and each set once, for a token may be used once only; the last one stays. The first call of
# `request` is wrk's own look at the script: it sends nothing.
SCRIPT = """
local headers = {headers}
local body = io.open({body}, "rb"):read("*a")
local made, last = {{}}, -1
init = function()
  for place, set in ipairs(headers) do made[place] = wrk.format("POST", nil, set, body) end
end
request = function()
  if last < #made then last = last + 1 end
  return made[math.max(last, 1)]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("\\nmeasured %d %d %.0f %d\\n", summary.requests, summary.duration, latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class Measured(NamedTuple):
    """Answers per second, 99th percentile in milliseconds, and how many were refused or lost."""

    per_second: float
    p99: float
    failed: int


def load(console: Console, body: bytes, seconds: int, headers: Sequence[Mapping[str, str]] = ()) -> None:
    """Print one row for each number of connections; `headers` are sets to send one after the other, as tokens are."""
    if not shutil.which("wrk"):
        console.print("load: skipped, there is no wrk (install with: apt-get install -y wrk)")
        return
    table = Table("connections", "floor req/s", "req/s", "ratio", "floor p99 ms", "p99 ms", "failed")
    table.title = (
        f"load, {WORKERS} workers, {len(body) // 1000} kB, {seconds} s each, {'with' if headers else 'no'} token"
    )
    floors = _measured(FLOOR, body, seconds, ())
    ours = _measured(OURS, body, seconds, headers)
    for number, floor, found in zip(CONNECTIONS, floors, ours, strict=True):
        table.add_row(
            str(number),
            f"{floor.per_second:.0f}",
            f"{found.per_second:.0f}",
            f"{floor.per_second / max(found.per_second, 0.1):.2f}",
            f"{floor.p99:.1f}",
            f"{found.p99:.1f}",
            str(found.failed),
        )
    console.print(table)


def _measured(application: str, body: bytes, seconds: int, headers: Sequence[Mapping[str, str]]) -> list[Measured]:
    sets = [JSON_BODY | dict(one) for one in headers] or [JSON_BODY]
    # Each number of connections gets its own share, so that none is sent twice.
    share = max(1, len(sets) // len(CONNECTIONS))
    with served(application, WORKERS) as (port, _), tempfile.TemporaryDirectory() as folder:
        return [
            run(Path(folder), port, body, number, seconds, sets[place * share :][:share] or sets[-1:])
            for place, number in enumerate(CONNECTIONS)
        ]


def run(
    folder: Path, port: int, body: bytes, connections: int, seconds: int, headers: Sequence[Mapping[str, str]]
) -> Measured:
    """One run of wrk against a port of this machine."""
    (folder / "body.json").write_bytes(body)
    (folder / "post.lua").write_text(SCRIPT.format(headers=_lua(headers), body=json.dumps(str(folder / "body.json"))))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(folder / "post.lua")]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{PATH}"], capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("measured ")), "")
    if not line:
        raise SystemExit(f"bench: wrk gave no figures: {done.stdout[-500:]}{done.stderr[-500:]}")
    answers, micros, p99, failed = (int(word) for word in line.split()[1:])
    return Measured((answers - failed) / (micros / 1e6), p99 / 1000, failed)


def _lua(headers: Sequence[Mapping[str, str]]) -> str:
    """A Lua table; JSON's texts are Lua's for what headers may hold."""
    sets = (", ".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in one.items()) for one in headers)
    return "{" + ", ".join("{" + text + "}" for text in sets) + "}"
