"""Late data in the ledger: until when arrivals were looked at, and the finished intervals that late events open again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from huntline.ledger.schema import ARRIVALS, INTERVALS, ORDERS
from huntline.ledger.upsert import upsert
from huntline.model.jsonable import moment_of, moment_text
from huntline.model.window import Window, merged, missing

LEEWAY = timedelta(hours=1)


def arrivals_of(connection: Connection, tenant: str) -> Mapping[str, datetime]:
    """Return, by part, the platform's time up to which arrivals were looked at."""
    found = connection.execute(select(ARRIVALS).where(ARRIVALS.c.tenant == tenant))
    return {row.part: moment_of(row.until) for row in found}


def looked(connection: Connection, tenant: str, parts: Iterable[str], until: datetime) -> None:
    """Record that whatever arrived in these parts before `until` is in reach of the searches that follow."""
    rows = [{"tenant": tenant, "part": part, "until": moment_text(until)} for part in sorted(parts)]
    upsert(connection, ARRIVALS, rows, keep=frozenset())


def look_back(connection: Connection, ticket: str) -> None:
    """Look again, next time, at what has arrived since an order was opened: its search, taken up now, was made then.

    Orders are opened by our clock, arrivals told by the platform's: an hour lies between them at most, or `doctor` warns.
    """
    order = connection.execute(select(ORDERS).where(ORDERS.c.ticket == ticket)).one()
    mine = (ARRIVALS.c.tenant == order.tenant, ARRIVALS.c.part == order.part)
    until = connection.execute(select(ARRIVALS.c.until).where(*mine)).scalar()
    made = moment_of(order.opened) - LEEWAY
    if until is not None and made < moment_of(until):
        connection.execute(update(ARRIVALS).where(*mine).values(until=moment_text(made)))


def reopen(connection: Connection, tenant: str, part: str, late: Sequence[Window]) -> None:
    """Cut the windows out of all finished intervals of the part."""
    mine = (INTERVALS.c.tenant == tenant, INTERVALS.c.part == part)
    for row in connection.execute(select(INTERVALS).where(*mine)).all():
        done = Window(moment_of(row.start), moment_of(row.end))
        left = missing(done, merged(late))
        if left == (done,):
            continue
        connection.execute(
            delete(INTERVALS).where(*mine, INTERVALS.c.query == row.query, INTERVALS.c.start == row.start)
        )
        rows = [
            {
                "tenant": tenant,
                "part": part,
                "query": row.query,
                "start": moment_text(w.start),
                "end": moment_text(w.end),
            }
            for w in left
        ]
        upsert(connection, INTERVALS, rows, keep=frozenset())
