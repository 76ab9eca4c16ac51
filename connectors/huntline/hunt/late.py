"""Late data: what came after a part was searched, told by its time of arrival and by days that have grown.

Both are asked: data that is mounted from a backup bears an old time of arrival, and an event that took the place of another
makes no day grow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from huntline.ledger.arrivals import looked, reopen
from huntline.ledger.orders import save_facts
from huntline.model.facts import Day, Fact
from huntline.model.pack import LogSource
from huntline.model.scope import Scope
from huntline.model.search import Part
from huntline.model.window import Window, day_window, merged
from huntline.ports import Hunter
from huntline.remote import Patience, patient

MARGIN = timedelta(minutes=15)
"""How long before a look an event may have got its time of arrival and still not have been there to be found."""


@dataclass(frozen=True, slots=True)
class Late:
    """Windows of a part to be searched again. `facts`: what its days hold now, where that told it."""

    part: Part
    windows: tuple[Window, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """What the hunt before knew of a part. `days` were counted within `wanted`; `since`: when it looked at arrivals."""

    wanted: Window
    since: datetime | None
    days: Sequence[Day]


def lateness(hunter: Hunter, scopes: Sequence[Scope], part: Part, before: Before, patience: Patience) -> Iterator[Late]:
    """Yield what of the part is to be searched again: events that came since, or days with more of them than before.

    Fewer events cut nothing: retention took them, and what was searched stays searched.
    """
    for scope in (scope for scope in scopes if scope.name in part.scopes):
        told = patient(patience, hunter.late, scope, part, before.since - MARGIN) if before.since else ()
        grown = tuple(_grown(hunter, scope, part, before, patience))
        windows = merged((*(told or ()), *(day_window(day) for _, day in grown)))
        if windows:
            yield Late(part, windows, tuple(fact for fact, _ in grown))


def settle(
    connection: Connection, tenant: str, late: Iterable[Late], live: Iterable[str], clock: datetime | None
) -> None:
    """Open what came late again, and note until when arrivals were looked at, in the caller's transaction."""
    for one in late:
        reopen(connection, tenant, one.part.store, one.windows)
        save_facts(connection, tenant, part=one.part.store, facts=one.facts)
    if clock is not None:
        looked(connection, tenant, live, clock)


def _grown(hunter: Hunter, scope: Scope, part: Part, before: Before, patience: Patience) -> Iterator[tuple[Day, date]]:
    """Count what was counted before: a day that had not ended then has grown since without being late."""
    known: dict[tuple[LogSource, date | None], int] = {
        (d.logsource, d.day): d.events for d in before.days if d.scope == scope.name
    }
    start, end = max(before.wanted.start, part.window.start), min(before.wanted.end, part.window.end)
    if start >= end:
        return
    for fact in patient(patience, hunter.coverage, scope, part, Window(start, end), ()) or ():
        if isinstance(fact, Day) and fact.day and fact.events > known.get((fact.logsource, fact.day), 0):
            yield fact, fact.day
