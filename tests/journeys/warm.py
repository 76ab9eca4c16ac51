"""A process that has everything imported and forks for each command: the real command, its start paid once."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import traceback
from typing import Any, NoReturn

COMMANDS = ("apply", "audit", "compile", "doctor", "drift", "hunt", "packs", "plan", "purge", "report", "rollback")
IMPORTED = (
    *(f"huntline.cli.{name}" for name in (*COMMANDS, "tenants", "verify")),
    "huntline_archive.plugin",
    "huntline_archive.hunt",
    "huntline_elastic.plugin",
    "huntline_elastic.deploy",
    "huntline_elastic.hunt",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
)


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _do(json.loads(line))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


def _do(job: dict[str, Any]) -> NoReturn:
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    for number, path in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
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
    main()
