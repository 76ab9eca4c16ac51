"""What a KQL engine is given, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

KqlType: TypeAlias = Literal["string", "long", "int", "real", "bool", "datetime", "dynamic", "guid"]


@dataclass(frozen=True, slots=True)
class Table:
    """Hold rows under typed columns; a key that a row lacks, or None, is an absent cell."""

    columns: Mapping[str, KqlType]
    rows: Sequence[Mapping[str, Any]]


class Refused(Exception):
    """Say that an engine would not run a query: it is wrong, or the engine cannot."""

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(f"{engine}: {reason}")
        self.engine = engine
        self.reason = reason


def stored(table: Table) -> list[dict[str, Any]]:
    """Return the rows as Kusto holds them: every column there, strings never null, datetimes in UTC.

    Absent strings are empty (data-explorer/kusto/query/scalar-data-types/null-values.md); dynamic values are JSON text.
    Raises ValueError for a column the table does not declare, or a value that is not of its column's type.
    """
    return [_row(table.columns, row) for row in table.rows]


def _row(columns: Mapping[str, KqlType], row: Mapping[str, Any]) -> dict[str, Any]:
    if strays := sorted(set(row) - set(columns)):
        raise ValueError(f"no such columns: {strays}")
    return {name: _cell(name, kind, row.get(name)) for name, kind in columns.items()}


def _cell(name: str, kind: KqlType, value: Any) -> Any:
    if value is None:
        return "" if kind == "string" else None
    try:
        return _READ[kind](value)
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"column {name}: {value!r} is not of type {kind}") from wrong


def _exactly(*kinds: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"{type(value).__name__} given")
        return value

    return read


def _utc(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no time zone given")
    return moment.astimezone(UTC)


_READ: Mapping[KqlType, Callable[[Any], Any]] = {
    "string": _exactly(str),
    "long": _exactly(int),
    "int": _exactly(int),
    "real": lambda value: float(_exactly(int, float)(value)),
    "bool": _exactly(bool),
    "datetime": _utc,
    "dynamic": lambda value: json.dumps(value, ensure_ascii=False),
    "guid": lambda value: str(UUID(str(value))),
}
