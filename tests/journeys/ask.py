"""The command as a shell finds it, done by the process that has everything imported: `python -I -S ask.py SOCKET ...`.

Its start is the whole cost, so that it imports next to nothing.
"""

from __future__ import annotations

import json
import os
import sys
from socket import AF_UNIX, send_fds, socket


def asked(path: str, words: list[str], streams: tuple[int, int], cwd: str, env: dict[str, str]) -> int:
    """Have a command done to its end, printing to two streams, and return its exit code."""
    with socket(AF_UNIX) as there:
        there.connect(path)
        said = json.dumps({"words": words, "cwd": cwd, "env": env}).encode() + b"\n"
        sent = send_fds(there, [said], streams)
        there.sendall(said[sent:])
        return int(there.makefile().readline())


if __name__ == "__main__":
    sys.exit(asked(sys.argv[1], sys.argv[2:], (1, 2), os.getcwd(), dict(os.environ)))  # noqa: PTH109 (no pathlib here)
