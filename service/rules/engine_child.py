"""The engine process: reads programs and facts from standard input, writes results to standard output.

Frames are a four-byte big-endian length and a value: marshalled on the way in, a JSON text on the way out. Whatever
goes wrong is answered as {"error": ...} or ends the process; either way the parent fails the request explicitly and
replaces the process.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import sys
from typing import Any, BinaryIO

from service.rules.inference import Inference
from service.rules.recall import Handles


def read_frame(stream: BinaryIO) -> Any:
    """The next frame's value, or None at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    return marshal.loads(stream.read(int.from_bytes(head, "big")))


def write_frame(stream: BinaryIO, value: Any) -> None:
    """Write one value as a frame and flush it."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    stream.write(len(body).to_bytes(4, "big") + body)
    stream.flush()


def answer(programs: dict[str, Inference], handles: Handles, message: dict[str, Any]) -> dict[str, Any]:
    """Run one message: {"program": ...} loads, {"run": signature, "facts": [...]} evaluates."""
    if "program" in message:
        programs[message["program"]["signature"]] = Inference(message["program"], handles)
        gc.freeze()  # programs stay; the collector need not walk their tens of thousands of objects again
        return {"loaded": message["program"]["signature"]}
    inference = programs.get(message["run"])
    if inference is None:
        return {"unknown": message["run"]}
    return inference.run(message["facts"])


def main() -> None:
    """Serve frames until standard input closes (the parent is gone)."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may end up between frames
    programs: dict[str, Inference] = {}
    handles = Handles()
    while (message := read_frame(requests)) is not None:
        try:
            reply = answer(programs, handles, message)
        except Exception as error:
            # The text may hold field values: the parent gets the type, and replaces this process.
            write_frame(answers, {"error": type(error).__name__})
            sys.exit(1)
        write_frame(answers, reply)


if __name__ == "__main__":
    main()
