"""What a hunt tells while it runs: values, so that a terminal, a log or a test can make of them what it likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from huntline.model.search import Part
from huntline.model.window import Window


@dataclass(frozen=True, slots=True)
class Planned:
    """The agenda is known: so many parts and bytes are left to search."""

    tenant: str
    hunt: int
    wanted: Window
    parts: int
    left: int  # parts with something left to search
    size: int  # bytes of those
    queries: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Reading:
    tenant: str
    part: Part


@dataclass(frozen=True, slots=True)
class PartDone:
    tenant: str
    part: Part
    rows: int
    hits: int  # events claimed in this part by this run
    words: str  # what was wrong with it; "" when nothing was


Told: TypeAlias = Planned | Reading | PartDone
Tell: TypeAlias = Callable[[Told], None]
