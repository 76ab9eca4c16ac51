"""A Parquet file as a table of the columns asked for, and its hit rows as JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huntline_archive import sql
from huntline_archive.client import Engine, Type
from huntline_archive.fields import loads, written
from huntline_archive.scan import Table

_PLAIN = {"varchar", "json", "enum", "uuid"}
_CAST = {"boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "date"}
_CAST |= {"timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "time"}
_ZONED = "timestamp with time zone"


def columns_of(path: str, engine: Engine) -> dict[str, Type]:
    """Return the file's columns and their types. Raises Damaged."""
    return engine.columns(f"SELECT * FROM read_parquet({sql.text(path)})")  # noqa: S608 (names are ours, text is escaped)


def parquet_table(path: str, columns: Mapping[str, Type], paths: Iterable[str]) -> Table:
    """Read only the columns the paths lie in; `raw` is the row's number in the file."""
    tops = sorted({piece for wanted in paths for piece in (wanted, wanted.split(".")[0])} & set(columns))
    places = {name: f"p{number}" for number, name in enumerate(tops)}
    chosen = ", ".join(["file_row_number AS raw", *(f"{sql.name(n)} AS {place}" for n, place in places.items())])

    def locate(steps: tuple[str, ...]) -> str | None:
        place = places.get(steps[0])
        return _inside(place, columns[steps[0]], steps[1:]) if place else None

    relation = f"(SELECT {chosen} FROM read_parquet({sql.text(path)}, file_row_number=true))"  # noqa: S608 (names are ours, text is escaped)
    return Table(relation, locate, raw=False, readable="true")


def row_texts(path: str, columns: Mapping[str, Type], numbers: Sequence[int], engine: Engine) -> dict[int, str]:
    """Return rows as compact JSON text, absent values left out, by their number in the file."""
    if not numbers:
        return {}
    values = (
        f"{sql.name(n)} := {_zoned(sql.name(n)) if kind == _ZONED else sql.name(n)}" for n, kind in columns.items()
    )
    rows = engine.rows(
        f"SELECT file_row_number, CAST(to_json(struct_pack({', '.join(values)})) AS VARCHAR) "  # noqa: S608 (names are ours, text is escaped)
        f"FROM read_parquet({sql.text(path)}, file_row_number=true) WHERE file_row_number IN ({', '.join(map(str, numbers))})"
    )
    return {number: written(_present(loads(text))) for number, text in rows}


def _present(value: Any) -> Any:
    """Leave out what is null: a table has a column for everything."""
    if isinstance(value, dict):
        return {key: _present(inner) for key, inner in value.items() if inner is not None}
    return value


def _inside(value: str, kind: Type, steps: tuple[str, ...]) -> str | None:
    for step in steps:
        if not isinstance(kind, dict) or step not in kind:
            return None
        value, kind = f"{value}.{sql.name(step)}", kind[step]
    return _text(value, kind)


def _text(value: str, kind: Type) -> str:
    if kind in _PLAIN or kind in _CAST:
        return value if kind == "varchar" else f"CAST({value} AS VARCHAR)"
    if kind == _ZONED:
        return _zoned(value)
    extracted = sql.call("json_extract_string", sql.call("to_json", value), sql.text("$"))
    return sql.case((f"({value} IS NOT NULL)", extracted), otherwise=sql.NULL)


def _zoned(value: str) -> str:
    return f"strftime({value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
