"""The two engines asked the same thing, and the ids they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab.kql import duck, stream
from lab.kql.gaps import gaps
from lab.kql.model import KqlType, Refused, Table

ENGINES = {duck.ENGINE: duck.run, stream.ENGINE: stream.run}


def one_column(kind: KqlType, cells: Sequence[Any]) -> Mapping[str, Table]:
    """Return table T with column `c`; a row's id is its place, None is an absent cell."""
    rows = [{"id": str(at), "c": cell} for at, cell in enumerate(cells)]
    return {"T": Table({"id": "string", "c": kind}, rows)}


def ids(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids in order, as often as they come."""
    return sorted(row["id"] for row in rows)


def votes(query: str, tables: Mapping[str, Table]) -> dict[str, list[str] | str]:
    """Return what every engine without a gap answers, "refuses" where it would not."""
    silent = gaps(query)
    return {name: vote(name, query, tables) for name in ENGINES if name not in silent}


def vote(engine: str, query: str, tables: Mapping[str, Table]) -> list[str] | str:
    """Return the ids that an engine answers, or "refuses"."""
    try:
        return ids(ENGINES[engine](query, tables))
    except Refused:
        return "refuses"
