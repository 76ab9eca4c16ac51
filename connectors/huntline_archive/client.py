"""The one door to DuckDB: a private engine in memory, its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeAlias

import duckdb

_SETTINGS: dict[str, str | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "300MB",
    "preserve_insertion_order": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
    "allow_community_extensions": False,
}


Type: TypeAlias = "str | dict[str, Type]"
"""A column's type by DuckDB's name for it; an object's by its keys."""


class TooBig(Exception):
    """The answer does not fit into the memory set aside for it."""


class Damaged(Exception):
    """DuckDB cannot read the file; `words` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Engine:
    """One connection; not shared between threads."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:", config=_SETTINGS)
        self._connection.execute("SET TimeZone='UTC'")

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement. Raises TooBig, or Damaged when a file cannot be read."""
        with _translated():
            return self._connection.execute(sql, list(values)).fetchall()

    def columns(self, sql: str) -> dict[str, Type]:
        """Return the columns a query would bring, and their types. Raises Damaged."""
        with _translated():
            relation = self._connection.sql(sql)
            return dict(zip(relation.columns, map(_type, relation.types), strict=True))

    def interrupt(self) -> None:
        self._connection.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _type(kind: Any) -> Type:
    return {name: _type(inner) for name, inner in kind.children} if kind.id == "struct" else str(kind.id)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as full:
        raise TooBig(str(full)) from full
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException, duckdb.HTTPException) as bad:
        raise Damaged(str(bad)) from bad
