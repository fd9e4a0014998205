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

from tests.bench.clients import tokens, trusted
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


def load(console: Console, body: bytes, seconds: int) -> None:
    """Print one row for each number of connections: the floor, the service, and the service asking for tokens."""
    if not shutil.which("wrk"):
        console.print("load: skipped, there is no wrk (install with: apt-get install -y wrk)")
        return
    table = Table(
        "connections", "floor req/s", "req/s", "ratio", "with token", "p99 ms", "with token", "refused or lost"
    )
    table.title = f"load, {WORKERS} workers, {len(body) // 1000} kB, {seconds} s each"
    floors, ours = (_measured(application, body, seconds) for application in (FLOOR, OURS))
    asked = _asked(body, seconds, ours)
    for number, floor, free, known in zip(CONNECTIONS, floors, ours, asked, strict=True):
        table.add_row(
            str(number),
            f"{floor.per_second:.0f}",
            f"{free.per_second:.0f}",
            f"{floor.per_second / max(free.per_second, 0.1):.2f}",
            f"{known.per_second:.0f}",
            f"{free.p99:.1f}",
            f"{known.p99:.1f}",
            f"{free.failed + known.failed}",
        )
    console.print(table)


def _measured(application: str, body: bytes, seconds: int) -> list[Measured]:
    with served(application, WORKERS) as (port, _), tempfile.TemporaryDirectory() as folder:
        return [run(Path(folder), port, body, number, seconds, [JSON_BODY]) for number in CONNECTIONS]


def _asked(body: bytes, seconds: int, free: Sequence[Measured]) -> list[Measured]:
    """The service with callers checked; tokens for twice as many calls as it took without, each sent once."""
    with tempfile.TemporaryDirectory() as place:
        settings, key = trusted(Path(place))
        with served(OURS, WORKERS, settings) as (port, _):
            found = []
            for number, before in zip(CONNECTIONS, free, strict=True):
                sets = [{**JSON_BODY, **one} for one in tokens(key, int(before.per_second * seconds * 2) + 50)]
                found.append(run(Path(place), port, body, number, seconds, sets))
            return found


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
