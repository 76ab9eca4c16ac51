"""What searches cost, in the ledger: what the next one of the same store is likely to cost, by the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, select

from huntline.ledger.schema import COSTS
from huntline.ledger.upsert import upsert
from huntline.model.jsonable import moment_of, moment_text
from huntline.model.search import Order

DAY = timedelta(days=1)


def paid(connection: Connection, order: Order, spent: float) -> None:
    """Record what a search has cost; of one that was stopped, what it would have cost as far as it told."""
    row = {
        "tenant": order.tenant,
        "ticket": order.ticket,
        "part": order.part.store,
        "start": moment_text(order.window.start),
        "end": moment_text(order.window.end),
        "spent": spent,
    }
    upsert(connection, COSTS, [row], keep=frozenset())


def rates_of(connection: Connection, tenant: str) -> Mapping[str, float]:
    """Return the most that a day of each store has cost so far, or would have."""
    rates: dict[str, float] = {}
    for row in connection.execute(select(COSTS).where(COSTS.c.tenant == tenant)):
        days = (moment_of(row.end) - moment_of(row.start)) / DAY
        rates[row.part] = max(rates.get(row.part, 0.0), row.spent / days)
    return rates
