"""KQL over a workspace: each query sees views of its tables, cut to the time it may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import duckdb

from lab.kql import duck, stream
from lab.kql.model import Refused
from lab.kql.tokens import Token, plain_literals, tokens
from lab.sentinel.columns import HIDDEN, INGESTED, OWN, PLACE, TIME
from lab.sentinel.engines import TYPES, found
from lab.sentinel.errors import Failed, bad_query, deepest
from lab.sentinel.judge import Judge
from lab.sentinel.listed import Lists, asks, beside, called, none
from lab.sentinel.steps import without_window
from lab.sentinel.store import Store, Table
from lab.sentinel.timespan import EVER, NEVER, Span

OUTPUTS = frozenset(
    {"project", "summarize", "distinct", "count", "getschema", "print", "project-keep", "project-reorder"}
)

NOTHING: Mapping[str, str] = MappingProxyType({})

VALUE = tokens(f"({INGESTED} + 0s)")


@dataclass(frozen=True, slots=True)
class Result:
    """Columns with Kusto's types, rows of cells as the service writes them, and the rows that were looked at."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    scanned: int


class Engine:
    """Runs queries, several at once; `lists` are the watchlists that a query sees by now, by alias."""

    def __init__(self, store: Store, lists: Lists = none) -> None:
        self._store, self._lists, self._judge = store, lists, Judge()

    def run(
        self,
        query: str,
        seen: Callable[[Table], Span],
        now: datetime,
        *,
        also: Mapping[str, str] = NOTHING,
        spelling: Callable[[Sequence[Token]], Sequence[Token]] = list,
        keeping: frozenset[str] = frozenset(),
    ) -> Result:
        """Run a query; `seen` says which time of a table it may see.

        `also` adds columns to its tables, as SQL, and `spelling` may then name them in the query. `keeping` are standard
        columns that are answered unasked, where the query has not left them out itself.
        Raises Failed for what Kusto refuses, NotImplementedError for what no engine of the lab can run.
        """
        tables, asked = self._store.tables(), tokens(query)
        lists = self._lists() if asks(asked) else None
        judged = self._judge.check(query, tables, lists)
        spelled, whole = called(spelling(_own_names(_called(asked, tables))), lists or {})
        named = [tables[name] for name in sorted({one.text for one in spelled} & set(tables))]
        window, rest = without_window(spelled) if len(named) == 1 and not whole else ([], spelled)
        with self._views(named, seen, now, also, window) as connection:
            for name, cells in whole.items():
                duck.create(connection, name, cells)
            scanned = sum(connection.execute(f'SELECT count(*) FROM "{one.name}"').fetchall()[0][0] for one in named)
            try:
                return _shown(
                    found(connection, rest, () if whole else named, now), beside(rest, whole), scanned, keeping
                )
            except Refused as why:
                if judged:
                    raise NotImplementedError(f"no engine of the lab runs {query!r}: {why}") from why
                raise bad_query("SemanticError", "A semantic error occurred.", ("SEM0100", str(why))) from why

    def check(self, query: str, now: datetime) -> list[str]:
        """Return what Kusto finds wrong with a query; without Microsoft's parser, what running it over no time tells."""
        lists = self._lists() if asks(tokens(query)) else None
        found = self._judge.findings(query, self._store.tables(), lists)
        if found is not None:
            return found
        try:
            self.run(query, lambda _: Span(NEVER, EVER), now)
        except Failed as failed:
            return [deepest(failed)]
        return []

    @contextmanager
    def _views(
        self,
        named: Sequence[Table],
        seen: Callable[[Table], Span],
        now: datetime,
        also: Mapping[str, str],
        window: Sequence[tuple[str, datetime]],
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection whose tables are these, cut; a database of its own, so that queries do not meet."""
        with self._store.cursor() as connection:
            home = connection.execute("SELECT current_database()").fetchall()[0][0]
            with duck.attached(connection):
                for one in named:
                    connection.execute(_view(one, [*_within(seen(one)), *window], now, home, also))
                yield connection


def days_before(now: datetime, days: int) -> Span:
    """Return the last so many days, and whatever lies ahead."""
    return Span(start=now - timedelta(days=days))


def _within(span: Span) -> list[tuple[str, datetime]]:
    return [(">=", span.start), ("<=", span.end)]


def _view(
    table: Table, window: Sequence[tuple[str, datetime]], now: datetime, home: str, also: Mapping[str, str]
) -> str:
    """Write the view of a table: what has arrived, of the time that may be seen."""
    columns = ", ".join([*(f'"{name}"' for name in table.columns), *(f"{sql} AS {name}" for name, sql in also.items())])
    tests = [*(f'"{TIME}" {sign} {_sql(moment)}' for sign, moment in window), f'"{INGESTED}" <= {_sql(now)}']
    tests += [] if table.shown is None else [f'"{PLACE}" <= {table.shown}']
    return f'CREATE VIEW "{table.name}" AS SELECT {columns} FROM {home}.{table.held} WHERE {" AND ".join(tests)}'


def _sql(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ', timespec='microseconds')}'"


def _called(query: Sequence[Token], tables: Mapping[str, Table]) -> list[Token]:
    """Drop the brackets of a function that is called with nothing in them: the lab keeps it as a table."""
    out: list[Token] = []
    for token in query:
        out.append(token)
        name, *brackets = [one.text for one in out[-3:]]
        if brackets == ["(", ")"] and name in tables and tables[name].kind == "Function":
            del out[-2:]
    return out


def _own_names(query: Sequence[Token]) -> list[Token]:
    """Replace ingestion_time() by what the lab's column says: a value, so that no column of the lab's is answered."""
    out: list[Token] = []
    for token in query:
        out.append(token)
        if [one.text for one in out[-3:]] == ["ingestion_time", "(", ")"]:
            out[-3:] = [replace(one, lead=out[-3].lead) if one is VALUE[0] else one for one in VALUE]
    return out


def _shown(made: duck.Found, query: Sequence[Token], scanned: int, keeping: frozenset[str]) -> Result:
    """Leave out the lab's own columns, and standard ones that the query did not ask to see."""
    operators = set(stream.operators(plain_literals(query)))
    unseen = set(OWN) if operators & OUTPUTS else {*OWN, *HIDDEN} - keeping
    places = [at for at, name in enumerate(made.columns) if name not in unseen]
    kinds = [TYPES[made.kinds[at].split("(")[0]] for at in places]
    columns = list(zip(*made.rows, strict=True)) if made.rows else [()] * len(made.columns)
    cells = [_written(kind, columns[at]) for kind, at in zip(kinds, places, strict=True)]
    rows = list(zip(*cells, strict=True)) if made.rows else []
    return Result([(made.columns[at], kind) for at, kind in zip(places, kinds, strict=True)], rows, scanned)


def _written(kind: str, cells: Sequence[Any]) -> Sequence[Any]:
    """Write a column as JSON takes it: absent texts empty, dynamic values as the text of their JSON (mem)."""
    if kind == "string":
        return ["" if one is None else one for one in cells] if None in cells else cells
    if kind in {"guid", "timespan"}:
        return [None if one is None else str(one) for one in cells]
    if kind == "dynamic":
        return [f"[{', '.join(map(str, one))}]" if isinstance(one, list) else one for one in cells]
    return cells
