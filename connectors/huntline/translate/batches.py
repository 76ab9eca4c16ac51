"""Cut what is more than one import takes into several files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def batches(
    name: str, items: Sequence[Item], size: Callable[[Item], int], *, most: int, longest: int
) -> Iterator[tuple[str, Sequence[Item]]]:
    """Yield file names with what each holds: `name`, then `-2` and on before its ending.

    A file holds no more than `most` items and `longest` characters, as `size` counts them; one item alone may be longer.
    """
    stem, _, ending = name.rpartition(".")
    for number, held in enumerate(_held(items, size, most, longest), 1):
        yield (name if number == 1 else f"{stem}-{number}.{ending}"), held


def _held(items: Sequence[Item], size: Callable[[Item], int], most: int, longest: int) -> Iterator[Sequence[Item]]:
    held: list[Item] = []
    total = 0
    for item in items:
        more = size(item)
        if held and (len(held) == most or total + more > longest):
            yield held
            held, total = [], 0
        held.append(item)
        total += more
    if held:
        yield held
