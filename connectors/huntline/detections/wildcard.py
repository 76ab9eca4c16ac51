"""Match whole texts against patterns of `*` and `?`, at a cost that no pattern and no text can blow up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from huntline.model.wildcards import STAR, parts_of

Piece: TypeAlias = str | re.Pattern[str]
"""What stands between two stars: plain text, or with a `?` in it a regular expression of fixed length."""


def wildcard(pattern: str) -> Callable[[str], bool]:
    """Return the test whether a whole text fits: `*` any run, `?` one character, newlines too.

    A backslash makes `*`, `?` and itself plain; before anything else it is plain itself. Case counts.

    >>> wildcard("C:\\\\\\\\*.ex?")("C:\\\\tools\\\\a.exe")
    True
    """
    pieces = [_piece(run) for run in _runs(pattern)]
    if len(pieces) == 1:
        (only, length) = pieces[0]
        return lambda text: len(text) == length and _at(only, text, 0)
    (first, before), (last, after), middle = pieces[0], pieces[-1], pieces[1:-1]

    def fits(text: str) -> bool:
        at, end = before, len(text) - after
        if at > end or not _at(first, text, 0) or not _at(last, text, end):
            return False
        # Taking the leftmost place for each piece is enough: no later choice can need an earlier one undone.
        for piece, length in middle:
            where = _find(piece, text, at, end)
            if where is None:
                return False
            at = where + length
        return True

    return fits


def _runs(pattern: str) -> list[list[str | None]]:
    """Cut at the stars; a run is characters, None for `?`."""
    runs: list[list[str | None]] = [[]]
    for part in parts_of(pattern):
        if part == STAR:
            runs.append([])
        else:
            runs[-1].extend(part if isinstance(part, str) else [None])
    return runs


def _piece(run: list[str | None]) -> tuple[Piece, int]:
    if None not in run:
        return "".join(char for char in run if char is not None), len(run)
    return re.compile("".join("." if char is None else re.escape(char) for char in run), re.DOTALL), len(run)


def _at(piece: Piece, text: str, at: int) -> bool:
    return text.startswith(piece, at) if isinstance(piece, str) else piece.match(text, at) is not None


def _find(piece: Piece, text: str, start: int, end: int) -> int | None:
    if isinstance(piece, str):
        where = text.find(piece, start, end)
        return None if where < 0 else where
    found = piece.search(text, start, end)
    return found.start() if found else None
