"""Engines that decide which rows a query finds; what one cannot do, it says with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from lab.eql import run as eql
from lab.eql.tree import Refused as EqlRefused
from lab.kql import duck, stream
from lab.kql.gaps import gaps
from lab.kql.model import Refused as KqlRefused
from lab.kql.model import Table
from lab.spl.run import run as spl

Row: TypeAlias = Mapping[str, Any]
Vote: TypeAlias = "list[str] | str"
"""The ids found, in the order of the rows, or why the engine did not vote."""

NOW = 1_700_000_000.0
MACROS = {"probe": "index=main"}


def by_spl(query: str, rows: Sequence[Row], _: Mapping[str, str], *, macros: Mapping[str, str] = MACROS) -> Vote:
    """Run on our evaluator; rows that name no index are of `main`."""
    events = [{"index": "main"} | {name: _text(value) for name, value in row.items()} for row in rows]
    return [str(row["id"]) for row in spl(query, events, now=NOW, macros=macros)]


def by_eql(query: str, rows: Sequence[Row], columns: Mapping[str, str]) -> Vote:
    """Run on Elasticsearch's semantics over python-eql's grammar."""
    dated = [{**row, "@timestamp": f"2023-03-29T00:{at // 60:02}:{at % 60:02}Z"} for at, row in enumerate(rows)]
    try:
        return [str(one) for one in eql.run(query, dated, {**columns, "id": "keyword", "@timestamp": "date"})]
    except EqlRefused as refused:
        return f"refused: {refused}"


def by_duck(query: str, rows: Sequence[Row], columns: Mapping[str, str]) -> Vote:
    """Run on duckdb-kql."""
    return _kusto("duckdb-kql", query, lambda: duck.run(query, _table(rows, columns)))


def by_stream(query: str, rows: Sequence[Row], columns: Mapping[str, str]) -> Vote:
    """Run on streaming-kql."""
    return _kusto("streaming-kql", query, lambda: stream.run(query, _table(rows, columns)))


VOTERS: Mapping[str, Mapping[str, Callable[[str, Sequence[Row], Mapping[str, str]], Vote]]] = {
    "spl": {"evaluator": by_spl},
    "eql": {"python-eql": by_eql},
    "kql": {"duckdb-kql": by_duck, "streaming-kql": by_stream},
}


def _text(value: Any) -> Any:
    return [_text(one) for one in value] if isinstance(value, list) else str(value)


def _table(rows: Sequence[Row], columns: Mapping[str, str]) -> Mapping[str, Table]:
    return {"T": Table({**columns, "id": "string"}, rows)}  # type: ignore[dict-item]  # types as the stores spell them


def _kusto(engine: str, query: str, ask: Callable[[], list[dict[str, Any]]]) -> Vote:
    if reasons := gaps(query).get(engine):
        return f"gap: {reasons}"
    try:
        return [str(row["id"]) for row in ask()]
    except KqlRefused as refused:
        return f"refused: {refused}"
