"""Keep a page under its size: show blocks as long as they fit, and count what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    blocks: tuple[Markup, ...]
    left: int  # how many are not shown
    size: int  # bytes


def fitting(items: Sequence[T], budget: int, draw: Callable[[T], Markup]) -> Shown:
    """Draw items in order until the next would pass `budget` bytes; a drawn block is never cut."""
    blocks: list[Markup] = []
    size = 0
    for item in items:
        block = draw(item)
        grown = size + len(block.encode())
        if grown > budget:
            break
        blocks.append(block)
        size = grown
    return Shown(tuple(blocks), len(items) - len(blocks), size)
