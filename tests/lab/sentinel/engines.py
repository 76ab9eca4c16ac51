"""Which of the lab's two KQL engines runs a query, and how their types are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import duckdb

from lab.kql import duck, stream
from lab.kql.gaps import gaps
from lab.kql.model import KqlType
from lab.kql.model import Table as Cells
from lab.kql.tokens import Token, text
from lab.sentinel.store import Table

TYPES: Final[Mapping[str, str]] = {
    "VARCHAR": "string",
    "BIGINT": "long",
    "HUGEINT": "long",
    "UBIGINT": "long",
    "INTEGER": "int",
    "DOUBLE": "real",
    "BOOLEAN": "bool",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "JSON[]": "dynamic",
    "JSON": "dynamic",
    "UUID": "guid",
    "INTERVAL": "timespan",
}
ENGINES_OWN: Final = {kind: engine for engine, kind in reversed(list(TYPES.items()))} | {"dynamic": "JSON"}
BY_VALUE: Final[Mapping[type, str]] = {
    bool: "bool",
    int: "long",
    float: "real",
    datetime: "datetime",
    timedelta: "timespan",
    dict: "dynamic",
    list: "dynamic",
}


def found(
    connection: duckdb.DuckDBPyConnection, query: Sequence[Token], named: Sequence[Table], now: datetime
) -> duck.Found:
    """Run on the first engine; on the second where the first is known to fall short and the second is not."""
    short = gaps(text(query))
    if duck.ENGINE in short and stream.ENGINE not in short and len(named) == 1:
        return _by_row(connection, query, named[0], now)
    return duck.search(connection, text(query), now=now)


def _by_row(connection: duckdb.DuckDBPyConnection, query: Sequence[Token], table: Table, now: datetime) -> duck.Found:
    whole = duck.search(connection, table.name)
    columns = {name: cast("KqlType", TYPES[kind]) for name, kind in zip(whole.columns, whole.kinds, strict=True)}
    rows = [_typed(columns, dict(zip(whole.columns, row, strict=True))) for row in whole.rows]
    made = stream.run(text(query), {table.name: Cells(columns, rows)}, now=now)
    names = list(made[0]) if made else list(columns)
    kinds = [_kind(columns.get(name), [row[name] for row in made]) for name in names]
    return duck.Found(names, kinds, [tuple(_held(row[name]) for name in names) for row in made])


def _typed(columns: Mapping[str, KqlType], row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row of the database the types that the second engine's adapter asks for."""
    return {name: _read(columns[name], value) for name, value in row.items() if value is not None}


def _read(kind: KqlType, value: Any) -> Any:
    if kind == "dynamic":
        return duck.parsed(value)
    return duck.utc(value) if kind == "datetime" else value


def _held(value: Any) -> Any:
    """Return a cell as the first engine holds it: dynamic values as the text of their JSON."""
    return duck.written(value) if isinstance(value, dict | list) else value


def _kind(declared: KqlType | None, cells: Sequence[Any]) -> str:
    """Return the first engine's name of a column's type, by its values where it is no table's own."""
    by_value = (BY_VALUE.get(type(cell), "string") for cell in cells if cell is not None)
    guessed: str = next(by_value, "string")
    return ENGINES_OWN[declared or guessed]
