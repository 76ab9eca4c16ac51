"""Moments for planted events: spread evenly over a time, or all at once."""

from __future__ import annotations

from collections.abc import Iterator


def spread(count: int, start: int, end: int) -> Iterator[int]:
    """Yield so many moments evenly over start <= moment < end; each its own millisecond where there is room."""
    return (start + (end - start) * turn // count for turn in range(count))


def burst(count: int, at: int) -> Iterator[int]:
    """Yield the same millisecond so many times."""
    return (at for _ in range(count))
