"""A rule that asks for what has no meaning here, or none at all: refused by name, never guessed."""

from __future__ import annotations

from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]


class NotLowered(Exception):
    """`code` is stable; `place` leads to the part of the rule that is meant, as far as it is known."""

    def __init__(self, code: str, problem: str, *, place: Place = ()) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.place = place
