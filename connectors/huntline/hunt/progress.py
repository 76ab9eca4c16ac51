"""What a hunt tells while it runs: values, so that a terminal, a log or a test can make of them what it likes.

Tellers are called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from huntline.model.search import Part
from huntline.model.window import Window


@dataclass(frozen=True, slots=True)
class Planned:
    """The agenda is known: so many searches and bytes are left."""

    tenant: str
    hunt: int
    wanted: Window
    parts: int
    left: int  # parts with something left to search
    searches: int  # left, before any is split
    size: int  # bytes of those parts
    queries: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Reading:
    tenant: str
    part: Part
    window: Window | None  # None: the part as a whole


@dataclass(frozen=True, slots=True)
class Read:
    tenant: str
    part: Part
    window: Window | None
    rows: int
    hits: int  # events claimed in it by this run
    words: str  # what was wrong with it; "" when nothing was


Told: TypeAlias = Planned | Reading | Read
Tell: TypeAlias = Callable[[Told], None]
