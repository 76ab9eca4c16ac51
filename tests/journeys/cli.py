"""Run Huntline as its users do: the command, in a process of its own, in a folder of its own."""

from __future__ import annotations

import atexit
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from journeys import ask

UNTIL = "2023-06-01"
SOCKET = "socket"
NOTHING: Mapping[str, str] = MappingProxyType({})
PYSIGMA = "ignore:'parseString' deprecated:DeprecationWarning"
"""pySigma's condition expressions call pyparsing by its old name; users do not see such warnings."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Warm:
    """A process that forks for each command, one at a time, and listens in a folder, where commands leave what they print."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Return the command as a shell runs it, done by that process."""
        return (sys.executable, "-I", "-S", ask.__file__, str(self.folder / SOCKET))

    def run(self, *words: str | Path, cwd: Path, env: Mapping[str, str] = NOTHING) -> Ended:
        """Run `huntline ...` in `cwd` to its end, in a process of its own; `env` is what the environment has besides."""
        paths = self.folder / "out", self.folder / "err"
        with paths[0].open("wb") as out, paths[1].open("wb") as err:
            streams = out.fileno(), err.fileno()
            whole = {**clean_env(), **env}
            code = ask.asked(str(self.folder / SOCKET), [*map(str, words)], streams, str(cwd), whole)
        return Ended(code, *(path.read_text("utf-8") for path in paths))

    def script(self, path: Path) -> None:
        """Write the command for those who look for it under a path of their own."""
        path.write_text(f'#!/bin/sh\nexec {shlex.join(self.command)} "$@"\n', encoding="utf-8")
        path.chmod(0o755)


@contextmanager
def warmed() -> Iterator[Warm]:
    words = [sys.executable, "-W", "error", "-W", PYSIGMA, "-m", "journeys.warm"]
    where = {**clean_env(), "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*words, str(Path(folder, SOCKET))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=where
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        assert "ready\n" == process.stdout.readline()
        yield Warm(Path(folder))
        process.stdin.close()


@cache
def warm() -> Warm:
    """Return the one that all tests of this process share."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(warmed())


def huntline(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """Run `huntline ...` in `cwd` to its end.

    `env` is what the environment has besides: Python reads some of it at its start, so that process is a new one.
    """
    if not env:
        return warm().run(*words, cwd=cwd)
    done = subprocess.run(
        command(*words), cwd=cwd, capture_output=True, text=True, check=False, env={**clean_env(), **env}
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def command(*words: str | Path) -> list[str]:
    """Return the command to begin it in a process from nothing: to be killed, watched or measured."""
    return [sys.executable, "-W", "error", "-W", PYSIGMA, "-m", "huntline", *map(str, words)]


def clean_env() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("HUNTLINE_")}


def hunt(logs: Path, cwd: Path, *more: str) -> Ended:
    return huntline("hunt", "--logs", logs, "--until", UNTIL, *more, cwd=cwd)


def report(cwd: Path) -> dict[str, Any]:
    """Write the report into cwd/report and return its JSON document."""
    done = huntline("report", "--out", "report", cwd=cwd)
    if done.code:
        raise AssertionError(done.err)
    document: dict[str, Any] = json.loads((cwd / "report" / "report.json").read_text(encoding="utf-8"))
    return document


def pages(cwd: Path) -> dict[str, bytes]:
    """Return what must not depend on how often a run was killed."""
    return {name: (cwd / "report" / name).read_bytes() for name in ("report.html", "report.json", "hits.csv")}


def write_lines(path: Path, events: Sequence[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def beacon(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A Sysmon event 22 that the pack must report: the client looks up a C2 name."""
    return {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 22,
        "RecordNumber": 1000 + number,
        "Hostname": "ws-01.corp.example",
        "@timestamp": f"2023-03-{20 + number % 9:02d}T10:00:00.000Z",
        "UtcTime": f"2023-03-{20 + number % 9:02d} 10:00:00.000",
        "Image": "C:\\Users\\ann\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\3CXDesktopApp.exe",
        "QueryName": "akamaitechcloudservices.com",
        "QueryResults": "203.0.113.7;",
        **changes,
    }


def lookup(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A Sysmon event 22 of ordinary life."""
    quiet = {"Image": "C:\\Windows\\System32\\svchost.exe", "QueryName": f"cdn{number}.example.net"}
    return beacon(number, **{**quiet, **changes})
