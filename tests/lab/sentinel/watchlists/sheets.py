"""What a query sees of watchlists: the functions `_GetWatchlist('alias')` and `_GetWatchlistAlias`, as tables of their own.

Columns are `_DTItemId`, `LastUpdatedTimeUTC`, `SearchKey` and the list's own, all texts but the time (seen, in tools of the
field). An alias that is not there is no error: it has the first three columns and no row. Nothing is cut by the query's
timespan (docs). In a query's alias case counts (mem), as nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from lab.kql.model import KqlType, Table
from lab.sentinel.watchlists.kept import Change, Item, Watchlists

BASE: Final[Mapping[str, KqlType]] = {
    "_DTItemId": "string",
    "LastUpdatedTimeUTC": "datetime",
    "SearchKey": "string",
}
ALIASES: Final = "WatchlistAlias"


def sheets(lists: Watchlists) -> Mapping[str, Table]:
    """Return each list that a query sees by now, by its alias."""
    seen = _seen(lists)
    return {alias: _sheet(alias, changes) for alias, changes in seen.items()}


def empty() -> Table:
    """Return what a query sees of an alias that is not there."""
    return Table(BASE, [])


def aliases(found: Mapping[str, Table]) -> Table:
    """Return what `_GetWatchlistAlias` gives."""
    return Table({ALIASES: "string"}, [{ALIASES: alias} for alias in sorted(found)])


def _seen(lists: Watchlists) -> dict[str, list[Change]]:
    """Return the items that are seen, by alias: of each its last change that has come through, unless that deletes it."""
    now, said = time.monotonic(), lists.settings
    last: dict[str, Change] = {}
    for one in lists.told():
        if one.at + (said.ingest_seconds if one.there else said.forget_seconds) <= now:
            last[one.item.id] = one
    found: dict[str, list[Change]] = {}
    for one in last.values():
        if one.there:
            found.setdefault(one.alias, []).append(one)
    return found


def _sheet(alias: str, changes: list[Change]) -> Table:
    own = {name: None for one in changes for name in one.item.values}
    if taken := {name.lower() for name in own} & {name.lower() for name in BASE}:
        raise NotImplementedError(f"the watchlist {alias} has columns called {taken}")
    columns: dict[str, KqlType] = {**BASE, **dict.fromkeys(own, "string")}
    return Table(columns, [_row(one.item, one.key) for one in changes])


def _row(item: Item, key: str) -> dict[str, object]:
    own: dict[str, object] = dict(item.values)
    at = datetime.fromisoformat(item.updated)
    return {"_DTItemId": item.id, "LastUpdatedTimeUTC": at, "SearchKey": item.values.get(key, ""), **own}
