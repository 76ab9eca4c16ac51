"""Late data: what arrived after a part was searched, told by its time of arrival, else by days that have grown."""

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


def lateness(
    hunter: Hunter, scopes: Sequence[Scope], part: Part, since: datetime | None, days: Sequence[Day], patience: Patience
) -> Iterator[Late]:
    """Yield what of the part is to be searched again: events that came since, or days with more of them than before.

    Fewer events cut nothing: retention took them, and what was searched stays searched.
    """
    for scope in (scope for scope in scopes if scope.name in part.scopes):
        told = None
        if since is not None:
            told = patient(patience, hunter.late, scope, part, since - MARGIN)
        if told is not None:
            if windows := merged(told):
                yield Late(part, windows)
        elif grown := tuple(_grown(hunter, scope, part, days, patience)):
            facts = [fact for fact, _ in grown]
            yield Late(part, merged(day_window(day) for _, day in grown), tuple(facts))


def settle(
    connection: Connection, tenant: str, late: Iterable[Late], live: Iterable[str], clock: datetime | None
) -> None:
    """Open what came late again, and note until when arrivals were looked at, in the caller's transaction."""
    for one in late:
        reopen(connection, tenant, one.part.key, one.windows)
        save_facts(connection, tenant, part=one.part.key, facts=one.facts)
    if clock is not None:
        looked(connection, tenant, live, clock)


def _grown(
    hunter: Hunter, scope: Scope, part: Part, days: Sequence[Day], patience: Patience
) -> Iterator[tuple[Day, date]]:
    known: dict[tuple[LogSource, date | None], int] = {
        (d.logsource, d.day): d.events for d in days if d.scope == scope.name
    }
    for fact in patient(patience, hunter.coverage, scope, part, part.window, ()) or ():
        if isinstance(fact, Day) and fact.day and fact.events > known.get((fact.logsource, fact.day), 0):
            yield fact, fact.day
