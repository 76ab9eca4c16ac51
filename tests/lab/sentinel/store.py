"""All tables of a workspace in one DuckDB database; changes while queries run."""

from __future__ import annotations

import atexit
import itertools
import threading
import weakref
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import duckdb
import duckdb_kql
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow ships no types

from lab.kql import duck
from lab.kql.model import KqlType
from lab.kql.model import Table as Cells
from lab.sentinel.arrival import arrived, moment
from lab.sentinel.columns import HIDDEN, INGESTED, OWN, PLACE, SHOWN, TIME
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.timespan import EVER

Plan: TypeAlias = Literal["Analytics", "Basic", "Auxiliary"]
Kind: TypeAlias = Literal["Microsoft", "CustomLog", "SearchResults", "Function"]


@dataclass(frozen=True, slots=True)
class Keep:
    """How long a table is kept, in days: searchable as its plan says, then archived until `total` [M4]."""

    plan: Plan = "Analytics"
    interactive: int = 90  # what Sentinel keeps free of charge
    total: int = 90

    @property
    def days(self) -> timedelta:
        """Return how far back anything is kept."""
        return timedelta(days=self.total)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as queries see it.

    `held` is its name in the database, `shown` how many of its rows are there yet; by `settled` all have become searchable.
    """

    name: str
    columns: Mapping[str, KqlType]
    keep: Keep
    kind: Kind
    held: str
    rows: int
    settled: datetime
    shown: int | None = None

    @property
    def answered(self) -> Mapping[str, KqlType]:
        """Return the columns a query may name."""
        return MappingProxyType({name: kind for name, kind in self.columns.items() if name not in OWN})


class Store:
    """Tables by name; a table that is replaced lives on for the query that reads it."""

    def __init__(self, settings: SentinelSettings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._tables: dict[str, Table] = {}
        self._named = 0
        self._database = f"store{next(_NUMBERS)}"
        with closing(_engine().cursor()) as cursor:
            cursor.execute(f"ATTACH ':memory:' AS {self._database}")
        weakref.finalize(self, _forget, self._database).atexit = False

    def add(
        self,
        name: str,
        columns: Mapping[str, KqlType],
        rows: Iterable[Mapping[str, Any]] = (),
        *,
        keep: Keep = Keep(),
        kind: Kind = "Microsoft",
    ) -> None:
        """Add a table, or put another in its place; rows may leave out columns, and need TimeGenerated."""
        with self._lock:
            whole = {**SHOWN, **columns, **HIDDEN, **OWN}
            kept = list(self._arrived(name, rows, 1))
            self._named += 1
            held = f"held{self._named}"
            with self.cursor() as cursor:
                duck.create(cursor, held, Cells(whole, kept))
            self._tables[name] = Table(name, MappingProxyType(whole), keep, kind, held, len(kept), _settled(kept))

    def ingest(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table, as arriving data does."""
        with self._lock, self.cursor() as cursor:
            old = self._tables[name]
            kept = list(self._arrived(name, rows, old.rows + 1))
            duck.create(cursor, "arriving_rows", Cells(old.columns, kept))
            cursor.execute(f"INSERT INTO {old.held} SELECT * FROM arriving_rows")
            cursor.execute("DROP TABLE arriving_rows")
            settled = max(old.settled, _settled(kept))
            self._tables[name] = replace(old, rows=old.rows + len(kept), settled=settled)

    def repeat(self, name: str, row: Mapping[str, Any], moments: Iterable[datetime], *, ids: str) -> None:
        """Add a row once for each moment, as arriving data: fast, for rows by the hundred thousand.

        The row's own times say how long it was under way; its copies are called `ids` and a number from 0.
        """
        with self._lock, self.cursor() as cursor:
            old = self._tables[name]
            (kept,) = self._arrived(name, [row], 0)
            moments = list(moments)
            duck.create(cursor, "repeated_row", Cells(old.columns, [kept]))
            at = pa.array([one.astimezone(UTC).replace(tzinfo=None) for one in moments], pa.timestamp("us"))
            cursor.register("repeated_at", pa.table({"at": at, "turn": pa.array(range(len(at)), pa.int64())}))
            cursor.execute(_repeated(old, kept, moment(row[TIME])), {"ids": ids, "first": old.rows + 1})
            cursor.execute("DROP TABLE repeated_row")
            last = max(moments, default=EVER) - moment(row[TIME]) + kept[INGESTED]
            self._tables[name] = replace(old, rows=old.rows + len(at), settled=max(old.settled, last))

    def change(self, name: str, **said: Any) -> None:
        """Change what is said of a table: `keep=` its plan and days, `shown=` how many rows are there yet."""
        with self._lock:
            self._tables[name] = replace(self._tables[name], **said)

    def drop(self, name: str) -> None:
        """Remove a table, if it is there; whoever reads it meanwhile still can."""
        with self._lock:
            self._tables.pop(name, None)

    def tables(self) -> Mapping[str, Table]:
        """Return all tables there are now."""
        with self._lock:
            return dict(self._tables)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of one's own to the database; the caller closes it."""
        cursor = _engine().cursor()
        cursor.execute(f"USE {self._database}")
        return cursor

    def _arrived(self, name: str, rows: Iterable[Mapping[str, Any]], first: int) -> Iterable[dict[str, Any]]:
        return arrived(name, rows, workspace=self._settings.workspace, widest=self._settings.widest, first=first)


_NUMBERS = itertools.count(1)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Return the engine of all stores, each of which has a database of its own: starting and ending one takes 30 ms."""
    engine = duckdb_kql.connect()
    atexit.register(_engine.cache_clear)  # the driver complains of what outlives it
    # Else a filter is pushed below the columns it reads, and each of a hundred tests parses an event's XML again.
    engine.execute("SET GLOBAL disabled_optimizers = 'filter_pushdown'")
    return engine


def _forget(database: str) -> None:
    with closing(_engine().cursor()) as cursor:
        cursor.execute(f"DETACH DATABASE IF EXISTS {database}")


def _settled(rows: Iterable[Mapping[str, Any]]) -> datetime:
    return max((moment(one[INGESTED]) for one in rows), default=EVER)


def _repeated(table: Table, kept: Mapping[str, Any], said: datetime) -> str:
    """Write how a kept row is copied: each of its times as far from the moment as it is from the time it said."""
    away = {name: round((kept[name] - said).total_seconds()) for name in (TIME, "_TimeReceived", INGESTED)}
    times = [f'm.at + INTERVAL {seconds} SECOND AS "{name}"' for name, seconds in away.items()]
    own = ", ".join([*times, '$ids || m.turn AS "_ItemId"', f'$first + m.turn AS "{PLACE}"'])
    return f"INSERT INTO {table.held} SELECT r.* REPLACE ({own}) FROM repeated_row r, repeated_at m"
