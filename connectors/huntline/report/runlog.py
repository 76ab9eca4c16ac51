"""What varies between runs (when, how often, in how many searches), kept beside the report and never in it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from huntline.ledger.schema import HUNTS, ORDERS
from huntline.ledger.store import Ledger
from huntline.model.pack import Json


def run_log(ledger: Ledger, tenants: Collection[str]) -> Json:
    """Return every hunt and order of these tenants, oldest first: a customer's log names no other customer."""
    with ledger.read() as connection:
        mine = HUNTS.c.tenant.in_(tenants)
        hunts = connection.execute(select(HUNTS).where(mine).order_by(HUNTS.c.id)).mappings()
        told_hunts: list[Json] = [{key: hunt[key] for key in hunt if key != "plan"} for hunt in hunts]
        theirs = select(ORDERS).where(ORDERS.c.tenant.in_(tenants)).order_by(ORDERS.c.opened, ORDERS.c.ticket)
        orders = connection.execute(theirs).mappings()
        told_orders: list[Json] = [dict(order) for order in orders]
    return {"hunts": told_hunts, "orders": told_orders}
