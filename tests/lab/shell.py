"""The command `huntline`, run in a folder before somebody's eyes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "huntline")


class Unexpected(Exception):
    """The command ended with another code than it should; it has said why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Shell:
    """`secrets` are what the environment holds besides; `command` is how the command is started."""

    folder: Path
    secrets: Mapping[str, str]
    command: Sequence[str] = COMMAND

    def show(self, *words: str, code: int, ends: int = 0) -> None:
        """Run it and show what it prints; with `ends` only so many lines of its beginning and two of its end.

        Raises Unexpected.
        """
        self._echo(words)
        if not ends:
            self._run(words, code, None)
        else:
            for line in _shortened(self._run(words, code, subprocess.PIPE).splitlines(), ends):
                print(line, flush=True)

    def output(self, *words: str, code: int) -> str:
        """Run it and return what it prints. Raises Unexpected."""
        return self._run(words, code, subprocess.PIPE)

    def _echo(self, words: Sequence[str]) -> None:
        print(f"{self.folder}$ huntline {' '.join(words)}", flush=True)

    def _run(self, words: Sequence[str], code: int, out: int | None) -> str:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HUNTLINE_")}
        done = subprocess.run(
            (*self.command, *words),
            cwd=self.folder,
            env={**env, **self.secrets},
            stdout=out,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != code:
            print(done.stdout or "", flush=True)
            raise Unexpected(done.returncode)
        return done.stdout or ""


def _shortened(lines: Sequence[str], ends: int) -> Iterator[str]:
    if len(lines) <= ends + 3:
        yield from lines
    else:
        yield from lines[:ends]
        yield f"  ... and {len(lines) - ends - 2} lines more ..."
        yield from lines[-2:]
