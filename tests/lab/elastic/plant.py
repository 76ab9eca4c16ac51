"""Made-up documents at chosen milliseconds, as many as a law needs: they share their fields, so they cost little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lab.elastic.documents import Document, Field, searchable
from lab.moments import burst, spread

__all__ = ["burst", "plant", "spread"]

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
