"""What a search or a look at a platform taught us: the ledger's raw material for verdicts. All by UTC day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from huntline.model.pack import LogSource
from huntline.model.window import Window, days_of


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


def on_every_day(facts: Iterable[Fact], scope: str, logsources: Iterable[LogSource], window: Window) -> list[Fact]:
    """Tell a count of the log sources on each day of the window: 0 where it found nothing, so that none can be missed."""
    told = list(facts)
    had = {(fact.logsource, fact.day) for fact in told if isinstance(fact, Day)}
    none = ((kind, day) for kind in logsources for day in days_of(window) if (kind, day) not in had)
    return [*told, *(Day(scope, kind, day, 0, 0) for kind, day in none)]
