"""Pages as people follow them: the commands of their console blocks, and what the page says that they print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

END = "--- end of step"
LEFT_OUT = "..."
VARYING = (  # what is another one each time, and the word that stands for it
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "HASH"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "TIME"),
    (re.compile(r"\b[\w.-]+@[\w.-]+, CHG"), "WHO, CHG"),
    (re.compile(r"request huntline-[0-9a-f-]{36}"), "REQUEST"),
    (re.compile(r"\b20(2[4-9]|[3-9]\d)-\d\d-\d\d\b"), "DAY"),  # of now; the estate's are earlier
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a page and the lines shown below it."""

    line: int
    command: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    code: int
    lines: tuple[str, ...]  # of both streams, as a terminal has them


def steps(page: Path) -> tuple[Step, ...]:
    """Return the commands of the console blocks, in order: lines that begin with `$ `, to be gone on with after a backslash."""
    found: list[tuple[int, list[str], list[str]]] = []
    inside = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("```"):
            inside = text == "```console"
        elif inside and line.lstrip().startswith("$ "):
            found.append((number, [line.lstrip().removeprefix("$ ")], []))
        elif inside and found and found[-1][1][-1].endswith("\\") and not found[-1][2]:
            found[-1][1].append(text)
        elif inside and found:
            found[-1][2].append(text)
    return tuple(Step(number, "\n".join(command), tuple(shown)) for number, command, shown in found)


def follow(some: Sequence[Step], folder: Path, env: Mapping[str, str]) -> tuple[Printed, ...]:
    """Type the commands into one shell, one after the other, and return what each printed."""
    script = "\n".join(f"{one.command}\ncode=$?; echo; echo '{END}' $code; (exit $code)" for one in some)
    typed = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return tuple(_printed(typed.stdout))


def unsaid(step: Step, printed: Printed) -> tuple[str, ...]:
    """Return the lines of the page that the command does not print in that order; `...` stands for lines, or the end of one."""
    rest = iter([_plain(line) for line in printed.lines])
    return tuple(line for line in step.shown if line != LEFT_OUT and not any(_is(line, other) for other in rest))


def _printed(text: str) -> Iterator[Printed]:
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(END):
            yield Printed(int(line.removeprefix(END)), tuple(lines[:-1] if lines and not lines[-1] else lines))
            lines = []
        else:
            lines.append(line)


def _is(shown: str, printed: str) -> bool:
    if shown.endswith(LEFT_OUT):
        return printed.startswith(_plain(shown.removesuffix(LEFT_OUT)))
    return _plain(shown) == printed


def _plain(line: str) -> str:
    text = line.strip()
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text
