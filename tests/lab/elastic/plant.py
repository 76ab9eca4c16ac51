"""Made-up documents at chosen milliseconds, as many as a law needs: they share their fields, so they cost little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lab.elastic.documents import Document, Field, searchable

LATENCY = 3_000  # milliseconds from an event to its arrival


def plant(
    moments: Iterable[int],
    fields: Mapping[str, Any],
    mapping: Mapping[str, Field],
    *,
    name: str = "planted",
    latency: int = LATENCY,
) -> tuple[Document, ...]:
    """Make a document for each moment (milliseconds since 1970), all with the same flat fields; ids by name and number."""
    found = searchable(fields, mapping)
    return tuple(Document(f"{name}-{turn}", at, at + latency, fields, found) for turn, at in enumerate(moments))


def spread(count: int, start: int, end: int) -> Iterator[int]:
    """Yield so many moments evenly over start <= moment < end; each its own millisecond where there is room."""
    return (start + (end - start) * turn // count for turn in range(count))


def burst(count: int, at: int) -> Iterator[int]:
    """Yield the same millisecond so many times."""
    return (at for _ in range(count))
