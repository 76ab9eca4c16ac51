"""One event as a platform hands it over, normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Row:
    """Flat; each value a tuple of text; an absent or null field has no key, an empty string is ("",)."""

    scope: str
    id: str  # survives tier moves, restore and re-export
    time: datetime | None  # what windows go by, aware UTC; None = undated, still a hit
    happened: datetime | None  # the event's own clock, aware UTC; storylines go by it
    fields: Mapping[str, tuple[str, ...]]  # names of Query.reads, and those of the entities
    entities: Mapping[str, str]
    raw: str
