"""What was read: populations per scope with their days, hosts per month, stores with the troubled ones first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from huntline.model.case import Case, Coverage, Store
from huntline.report.grid import days_between


@dataclass(frozen=True, slots=True)
class Population:
    """The events of one log source in one scope of one tenant."""

    tenant: str
    scope: str
    logsource: str
    events: int
    undated: int  # events without a usable time
    outside: int  # events dated outside what was wanted
    days: int  # wanted days with events
    wanted: int
    first: date | None  # first and last wanted day with events
    last: date | None


def populations(case: Case) -> tuple[Population, ...]:
    """Sum coverage up per tenant, scope and log source, sorted by them."""
    rows: dict[tuple[str, str, str], list[Coverage]] = defaultdict(list)
    for row in case.coverage:
        rows[row.tenant, row.scope, str(row.logsource)].append(row)
    return tuple(_population(case, *key, rows[key]) for key in sorted(rows))


def seen_hosts(case: Case) -> tuple[tuple[str, tuple[tuple[date, int], ...], int], ...]:
    """Return (scope, hosts per month, most hosts in a month) for scopes that saw any."""
    seen = ((scope, case.hosts[scope]) for scope in sorted(case.hosts))
    return tuple((scope, months, max(hosts for _, hosts in months)) for scope, months in seen if months)


def troubled_first(case: Case) -> tuple[Store, ...]:
    return tuple(sorted(case.stores, key=lambda store: (not is_troubled(store), store.tenant, store.title)))


def is_troubled(store: Store) -> bool:
    """Whether something of the store stayed unread or unrecognised."""
    return store.state != "searchable" or bool(store.unreadable or store.unclaimed)


def _population(case: Case, tenant: str, scope: str, logsource: str, rows: Sequence[Coverage]) -> Population:
    first, last = days_between(case.wanted)
    wanted = sorted({row.day for row in rows if row.day and first <= row.day <= last and row.events})
    return Population(
        tenant=tenant,
        scope=scope,
        logsource=logsource,
        events=sum(row.events for row in rows),
        undated=sum(row.events for row in rows if row.day is None),
        outside=sum(row.events for row in rows if row.day and not first <= row.day <= last),
        days=len(wanted),
        wanted=(last - first).days + 1,
        first=wanted[0] if wanted else None,
        last=wanted[-1] if wanted else None,
    )
