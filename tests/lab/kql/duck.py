"""KQL on duckdb-kql: the first engine, which runs whole queries."""

from __future__ import annotations

import atexit
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeAlias

import duckdb
import duckdb_kql
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow ships no types
from duckdb_kql.engine import schema

from lab.kql import addresses
from lab.kql.calls import Parameters, positional, signature
from lab.kql.model import KqlType, Refused, Table, stored
from lab.kql.regexes import for_re2, respelled
from lab.kql.tokens import Token, coined, plain_literals, text, tokens

ENGINE = "duckdb-kql"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query gives, as the engine holds it: column names, the engine's own types, rows of cells."""

    columns: Sequence[str]
    kinds: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def run(
    query: str, tables: Mapping[str, Table], *, functions: Sequence[str] = (), now: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the rows a query gives: datetimes in UTC, dynamic values as Python's, absent strings empty.

    `functions` are stored functions as Kusto defines them, `function Name(a:long=1) { ... }`, tabular ones with scalar
    parameters; named arguments work. `now` is what now() and ago() go by, else the machine's clock.
    Raises Refused when the query is wrong or the engine cannot.
    """
    with closing(_engine().cursor()) as connection, attached(connection):
        _fill(connection, tables)
        return ask(connection, query, functions=functions, now=now)


def load(tables: Mapping[str, Table]) -> duckdb.DuckDBPyConnection:
    """Return a database that holds the tables, to be asked more than once. The caller closes it.

    Raises Refused for columns that differ only in case: the engine's database folds names, Kusto does not.
    """
    connection = duckdb_kql.connect()
    _fill(connection, tables)
    return connection


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Give a connection an empty database that it is in until the end: at a fiftieth of what opening one costs."""
    name = f"own{next(_NUMBERS)}"  # of all in this process: stores share an engine
    home = connection.execute("SELECT current_database()").fetchall()[0][0]
    connection.execute(f"ATTACH ':memory:' AS {name}")
    connection.execute(f"USE {name}")
    try:
        yield
    finally:
        connection.execute(f"USE {home}")
        connection.execute(f"DETACH {name}")


_NUMBERS = itertools.count(1)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Return an empty database that lives as long as the process: opening and closing one takes 30 ms."""
    atexit.register(_engine.cache_clear)  # the driver complains of what outlives it
    return duckdb_kql.connect()


def _fill(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Table]) -> None:
    for name, table in tables.items():
        if len({column.lower() for column in table.columns}) < len(table.columns):
            raise Refused(ENGINE, f"two columns of {name} differ only in case")
        create(connection, name, table)


def ask(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    *,
    functions: Sequence[str] = (),
    now: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return the rows a query gives on a loaded database; as `run`."""
    found = search(connection, query, functions=functions, now=now)
    return [dict(zip(found.columns, map(_value, found.kinds, row), strict=True)) for row in found.rows]


def search(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    *,
    functions: Sequence[str] = (),
    now: datetime | None = None,
) -> Found:
    """Return what a query gives on a loaded database, cells as they are: for answers of many rows.

    Raises Refused when the query is wrong or the engine cannot.
    """
    try:
        signatures = dict(map(signature, functions))
        readable = _readable(query, signatures)
        columns = _columns(connection)
        _refuse_other_case(readable, columns)
        if addresses.asked(query + "".join(functions)):
            addresses.define(connection)
        definitions = tuple(text(_readable(definition, signatures)) for definition in functions)
        asked = {token.text for part in (query, *functions) for token in tokens(part)}
        clock = (now or datetime.now(UTC)) if asked & {"now", "ago"} else None
        connection.execute("SET TimeZone='UTC'")
        sql, parameters = _sql(text(readable), columns, definitions, clock)
        answer = connection.execute(sql, parameters) if parameters else connection.execute(sql)
        named = [(str(name), str(kind)) for name, kind, *_ in answer.description or ()]
        return Found([name for name, _ in named], [kind for _, kind in named], answer.fetchall())
    except (duckdb_kql.KqlError, duckdb.Error, ValueError) as refusal:
        raise Refused(ENGINE, str(refusal)) from refusal


Tables: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


def _columns(connection: duckdb.DuckDBPyConnection) -> Tables:
    """Return the tables of the current database with their columns."""
    return tuple((name, tuple(names)) for name, names in sorted(schema(connection).items()) if "." not in name)


@lru_cache(maxsize=256)
def _sql(
    query: str, columns: Tables, functions: tuple[str, ...], now: datetime | None
) -> tuple[str, Mapping[str, Any]]:
    """Translate a query once: hunts ask the same of window after window, and a long one takes seconds."""
    known = {name: list(names) for name, names in columns}
    said = duckdb_kql.to_sql(query, schema=known, query_now=now, functions=functions, allow_write=False)
    return str(said), said.parameters


_ARROW: Mapping[KqlType, pa.DataType] = {
    "string": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "real": pa.float64(),
    "bool": pa.bool_(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "dynamic": pa.string(),
    "guid": pa.string(),
}
# Types that Arrow does not carry over as the engine wants them.
_CAST: Mapping[KqlType, str] = {"datetime": "TIMESTAMP", "dynamic": "JSON", "guid": "UUID"}


def create(connection: duckdb.DuckDBPyConnection, name: str, table: Table) -> None:
    """Create a table with its rows."""
    shape = pa.schema([(column, _ARROW[kind]) for column, kind in table.columns.items()])
    connection.register("arriving", pa.Table.from_pylist(stored(table), schema=shape))
    columns = ", ".join(_column(column, kind) for column, kind in table.columns.items())
    connection.execute(f"CREATE TABLE {_quoted(name)} AS SELECT {columns} FROM arriving")
    connection.unregister("arriving")


def _column(name: str, kind: KqlType) -> str:
    quoted = _quoted(name)
    return f"CAST({quoted} AS {_CAST[kind]}) AS {quoted}" if kind in _CAST else quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _readable(query: str, signatures: Mapping[str, Parameters]) -> list[Token]:
    """Spell what the engine misreads: escapes, multi-line and joined literals, Unicode classes, named arguments."""
    return respelled(plain_literals(positional(tokens(query), signatures)), for_re2)


def _refuse_other_case(query: Sequence[Token], tables: Tables) -> None:
    """Refuse a name that is a column's but for its case, which the engine would take for the column.

    Names are case-sensitive: data-explorer/kusto/query/schema-entities/entity-names.md.
    """
    columns = {name for _, names in tables for name in names}
    folded = {name.lower() for name in columns} - {name.lower() for name in coined(query)}
    for at, token in enumerate(query):
        if token.kind == "word" and token.text.lower() in folded and token.text not in columns:
            before, after = query[at - 1].text if at else "|", query[at + 1].text if at + 1 < len(query) else ""
            if before != "|" and after != "(":
                raise Refused(ENGINE, f"no column {token.text}: names differ by case")


def _value(kind: str, value: Any) -> Any:
    """Return a cell as Kusto would answer it."""
    if kind == "VARCHAR":
        return "" if value is None else value
    if value is None:
        return None
    if kind == "JSON":
        return parsed(value)
    if kind == "UUID":
        return str(value)
    return utc(value) if isinstance(value, datetime) else value


def parsed(cell: str) -> Any:
    """Return a dynamic cell's value."""
    return json.loads(cell)


def written(value: Any) -> str:
    """Return a dynamic value as its cell holds it."""
    return json.dumps(value, ensure_ascii=False)


def utc(cell: datetime) -> datetime:
    """Return a datetime cell with its time zone, which the engine leaves out."""
    return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell
