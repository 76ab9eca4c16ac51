"""What varies between runs (when, how often, in how many searches), kept beside the report and never in it."""

from __future__ import annotations

from sqlalchemy import select

from huntline.ledger.schema import HUNTS, ORDERS
from huntline.ledger.store import Ledger
from huntline.model.pack import Json


def run_log(ledger: Ledger) -> Json:
    """Return every hunt and order of the ledger, oldest first."""
    with ledger.read() as connection:
        hunts = connection.execute(select(HUNTS).order_by(HUNTS.c.id)).mappings()
        told_hunts: list[Json] = [{key: hunt[key] for key in hunt if key != "plan"} for hunt in hunts]
        orders = connection.execute(select(ORDERS).order_by(ORDERS.c.opened, ORDERS.c.ticket)).mappings()
        told_orders: list[Json] = [dict(order) for order in orders]
    return {"hunts": told_hunts, "orders": told_orders}
