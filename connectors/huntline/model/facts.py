"""What a search or a look at a platform taught us: the ledger's raw material for verdicts. All by UTC day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from huntline.model.pack import LogSource


@dataclass(frozen=True, slots=True)
class Day:
    """Rows of a population on a UTC day; `alive` counts rows of Scope.alive. `day` None: rows without a usable time."""

    scope: str
    logsource: LogSource
    day: date | None
    events: int
    alive: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A host name seen in a month (its first day); names, because distinct counts add up over nothing."""

    scope: str
    month: date
    host: str


@dataclass(frozen=True, slots=True)
class Fill:
    """Whether a needed field held a value that day. None: not known, so never clean.

    Field "": whether anything of the population was stored at all, which is only ever not known.
    """

    scope: str
    logsource: LogSource
    field: str
    day: date | None
    filled: bool | None


@dataclass(frozen=True, slots=True)
class Flood:
    """Matches of a query that were counted and not collected, by UTC day."""

    query: str
    day: date | None
    count: int


Fact: TypeAlias = Day | Seen | Fill | Flood
