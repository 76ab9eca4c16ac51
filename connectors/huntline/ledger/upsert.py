"""Insert rows or overwrite those with the same key: the one statement SQL dialects spell differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

AT_ONCE = 1_000
"""Rows of one statement: SQLAlchemy keeps several forms of each until it is done."""


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: frozenset[str]) -> None:
    """Write the rows; where the primary key exists, overwrite all columns but those of `keep`."""
    statement = _statement(table, connection.dialect.name, keep)
    for first in range(0, len(rows), AT_ONCE):
        connection.execute(statement, rows[first : first + AT_ONCE])


@cache
def _statement(table: Table, dialect: str, keep: frozenset[str]) -> Executable:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys and c.name not in keep}
    if changed:
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return statement.on_conflict_do_nothing(index_elements=keys)
