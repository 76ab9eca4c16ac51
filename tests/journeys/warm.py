"""A process that has everything imported and forks for each command: the real command, its start paid once."""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from journeys.cli import PYSIGMA, Ended, clean_env

IMPORTED = (
    *(f"huntline.cli.{name}" for name in ("apply", "audit", "doctor", "drift", "plan", "purge", "rollback", "verify")),
    "huntline_elastic.plugin",
    "huntline_elastic.deploy",
    "huntline_elastic.hunt",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
)


@dataclass(frozen=True, slots=True)
class Warm:
    """The process; it runs one command at a time."""

    process: subprocess.Popen[str]

    def run(self, *words: str | Path, cwd: Path) -> Ended:
        """Run `huntline ...` in `cwd` to its end, in a process of its own."""
        out, err = cwd / ".out", cwd / ".err"
        job = {"words": [*map(str, words)], "cwd": str(cwd), "out": str(out), "err": str(err)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        ended = Ended(code, out.read_text("utf-8"), err.read_text("utf-8"))
        out.unlink()
        err.unlink()
        return ended


@contextmanager
def warmed() -> Iterator[Warm]:
    words = [sys.executable, "-W", "error", "-W", PYSIGMA, "-m", "journeys.warm"]
    where = {**clean_env(), "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=where) as process:
        yield Warm(process)
        assert process.stdin
        process.stdin.close()


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
    for number, path in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
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
