"""A process that has everything imported and forks for each command: the real command, its start paid once."""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import socket
import sys
import traceback
from typing import Any, NoReturn

COMMANDS = ("apply", "audit", "compile", "doctor", "drift", "hunt", "packs", "plan", "purge", "report", "rollback")
PLATFORMS = ("archive", "elastic", "sentinel", "splunk")
IMPORTED = (
    *(f"huntline.cli.{name}" for name in (*COMMANDS, "tenants", "verify")),
    *(f"huntline_{name}.{part}" for name in PLATFORMS for part in ("plugin", "hunt")),
    *(f"huntline_{name}.deploy" for name in PLATFORMS[1:]),
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
)


def main(path: str) -> None:
    """Do what is asked at a socket, one command at a time, until standard input ends."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("ready", flush=True)  # noqa: T201 (whoever started it waits for it)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            with listening.accept()[0] as asking:
                asking.sendall(b"%d\n" % _done(asking))


def _done(asking: socket.socket) -> int:
    """Do one job, which arrives with its two streams, and return the code it ends with."""
    text, streams, *_ = socket.recv_fds(asking, 1 << 20, 2)
    while not text.endswith(b"\n"):
        text += asking.recv(1 << 20)
    pid = os.fork()
    if pid == 0:
        _do(json.loads(text), streams)
    for one in streams:
        os.close(one)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _do(job: dict[str, Any], streams: list[int]) -> NoReturn:
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    sys.path += [one for one in job["env"].get("PYTHONPATH", "").split(os.pathsep) if one and one not in sys.path]
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), *streams)):
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["huntline", *job["words"]]
    code: Any = 1
    try:
        importlib.import_module("huntline.cli.main").main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 (told as Python would tell it)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking down all that is imported costs more than the command


if __name__ == "__main__":
    main(sys.argv[1])
