"""Numbered steps from an older ledger to today's; a ledger newer than this program is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby, islice

from sqlalchemy import Connection, insert, inspect, select, text

from huntline.errors import LedgerError
from huntline.ledger.schema import ARRIVALS, CHOICES, COSTS, FILLS, FLOODS, TABLES, VERSION, WRITES
from huntline.ledger.upsert import AT_ONCE
from huntline.model.jsonable import dumps


def _create(connection: Connection) -> None:
    TABLES.create_all(connection)


def _arrivals(connection: Connection) -> None:
    ARRIVALS.create(connection, checkfirst=True)


def _floods_by_search(connection: Connection) -> None:
    """Let a day be counted in pieces. What is known stays, as if one search had counted it."""
    if any(column["name"] == "start" for column in inspect(connection).get_columns(FLOODS.name)):
        return
    old = connection.execute(text(f"SELECT tenant, part, query, day, matches FROM {FLOODS.name}")).mappings().all()  # noqa: S608 (our own name)
    connection.execute(text(f"DROP TABLE {FLOODS.name}"))
    FLOODS.create(connection)
    if old:
        connection.execute(insert(FLOODS), [{**row, "start": ""} for row in old])


def _deployments(connection: Connection) -> None:
    WRITES.create(connection, checkfirst=True)
    CHOICES.create(connection, checkfirst=True)


def _costs(connection: Connection) -> None:
    COSTS.create(connection, checkfirst=True)


def _fills_by_day(connection: Connection) -> None:
    """Keep the fields of a day in one row; what a day said of them stays."""
    if not any(column["name"] == "field" for column in inspect(connection).get_columns(FILLS.name)):
        return
    keys = ("tenant", "part", "scope", "logsource", "day")
    named = ", ".join(keys)
    connection.execute(text(f"ALTER TABLE {FILLS.name} RENAME TO fills_by_field"))
    FILLS.create(connection)
    old = connection.execute(text(f"SELECT {named}, field, filled FROM fills_by_field ORDER BY {named}"))  # noqa: S608 (our own names)
    days = groupby(old.mappings(), key=lambda row: tuple(row[key] for key in keys))
    new = (
        {
            **dict(zip(keys, day, strict=True)),
            "fields": dumps({row["field"]: None if row["filled"] is None else bool(row["filled"]) for row in rows}),
        }
        for day, rows in days
    )
    while some := list(islice(new, AT_ONCE)):
        connection.execute(insert(FILLS), some)
    connection.execute(text("DROP TABLE fills_by_field"))


STEPS: tuple[tuple[int, Callable[[Connection], None]], ...] = (
    (1, _create),
    (2, _arrivals),
    (3, _floods_by_search),
    (4, _deployments),
    (5, _costs),
    (6, _fills_by_day),
)


def is_current(connection: Connection) -> bool:
    """Say whether nothing is to be done. Raises LedgerError if the ledger is newer than this program."""
    return _version(connection) == STEPS[-1][0]


def migrate(connection: Connection) -> None:
    """Bring the ledger to the newest version, inside the caller's transaction. Raises LedgerError if it is newer."""
    at = _version(connection)
    for number, step in STEPS:
        if number > at:
            step(connection)
            connection.execute(insert(VERSION).values(version=number))


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(VERSION.name):
        return 0
    at = max(connection.execute(select(VERSION.c.version)).scalars(), default=0)
    newest = STEPS[-1][0]
    if at > newest:
        raise LedgerError(
            f"the ledger has schema {at}, this program knows {newest}",
            advice="use the huntline that wrote it, or newer",
        )
    return at
