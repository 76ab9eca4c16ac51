"""The mark by which an object on a platform is known for ours: what it is of, and with which content we wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass

RETIRED = "retired"
MARK = re.compile(rf"(?<!\S)huntline:(\S+):([0-9a-f]{{16}}|{RETIRED})(?!\S)")


@dataclass(frozen=True, slots=True)
class Mark:
    """`hash`: the first 16 signs of the artifact's, or RETIRED for what we switched off for good."""

    key: str
    hash: str

    @property
    def retired(self) -> bool:
        return self.hash == RETIRED

    def __str__(self) -> str:
        return f"huntline:{self.key}:{self.hash}"


def marks_in(text: str) -> tuple[Mark, ...]:
    """Return the marks that stand in a text, as words of their own."""
    return tuple(Mark(*found) for found in MARK.findall(text))
