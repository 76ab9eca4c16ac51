"""Where one command ends and the next begins, with quotation marks and brackets balanced."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.spl.errors import SplError
from lab.spl.strings import closing

_NAME = re.compile(r"\s*([A-Za-z_]\w*)")
_PAIRS = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Stage:
    """The text of one command lies at [start, end) of the whole; `piped` tells of a bar in front."""

    start: int
    end: int
    piped: bool


def stages(text: str, start: int, end: int) -> tuple[Stage, ...]:
    """Cut at the bars outside quotation marks and brackets; raises SplError for what is not balanced or empty."""
    cuts = _bars(text, start, end)
    edges = [start, *(cut + 1 for cut in cuts)]
    found = [Stage(a, b, a != start) for a, b in zip(edges, [*cuts, end], strict=True)]
    if len(found) > 1 and not text[start : found[0].end].strip():
        found = found[1:]  # the bar in front of a generating command
    for stage in found:
        if not text[stage.start : stage.end].strip():
            raise SplError("expected a command", stage.start)
    return tuple(found)


def name_of(text: str, stage: Stage) -> tuple[str, int]:
    """Return the command's name in small letters and where its arguments begin; raises SplError without a name."""
    found = _NAME.match(text, stage.start, stage.end)
    if found is None:
        raise SplError("expected the name of a command", stage.start)
    return found[1].lower(), found.end()


def bracket(text: str, start: int, end: int) -> int:
    """Return the place of the bracket that closes the one at `start`."""
    depth, at = 0, start
    while at < end:
        if text[at] == '"':
            at = closing(text, at, end)
        elif text[at] == "\\":
            at += 1
        elif text[at] in "([":
            depth += 1
        elif text[at] in ")]":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise SplError(f"expected what closes {text[start]}", start)


def _bars(text: str, start: int, end: int) -> list[int]:
    opened: list[tuple[str, int]] = []
    cuts: list[int] = []
    at = start
    while at < end:
        letter = text[at]
        if letter == '"':
            at = closing(text, at, end)
        elif letter == "\\":
            at += 1
        elif letter in "([":
            opened.append((letter, at))
        elif letter in ")]":
            _close(opened, letter, at)
        elif letter == "|" and not opened:
            cuts.append(at)
        elif letter == "|" and opened[-1][0] == "(":
            raise SplError("a bar inside brackets must stand in quotation marks", at)
        at += 1
    if opened:
        raise SplError(f"expected what closes {opened[-1][0]}", opened[-1][1])
    return cuts


def _close(opened: list[tuple[str, int]], letter: str, at: int) -> None:
    if not opened or opened[-1][0] != _PAIRS[letter]:
        raise SplError(f"unexpected {letter}", at)
    opened.pop()
