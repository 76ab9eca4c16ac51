"""What arrival does to a record: standard columns, a time that is refused, fields that are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from lab.sentinel.columns import INGESTED, PLACE, TIME

TOO_OLD, TOO_NEW = timedelta(days=2), timedelta(days=1)  # against the time of arrival [M24]
LATENCY: Final = timedelta(minutes=3)  # from an event to its arrival, where the row does not say (lab)
INDEXED: Final = timedelta(seconds=40)  # from arrival to being searchable (lab)


def arrived(
    table: str, rows: Iterable[Mapping[str, Any]], *, workspace: str, widest: int, first: int
) -> Iterator[dict[str, Any]]:
    """Yield rows as the workspace keeps them.

    A row may say `_TimeReceived`, `_IngestedAt` and `_ItemId`; `first` is the number of the first one, for those that do not.
    """
    for place, row in enumerate(rows, start=first):
        yield _kept(table, row, place, workspace, widest)


def _kept(table: str, row: Mapping[str, Any], place: int, workspace: str, widest: int) -> dict[str, Any]:
    said = moment(row[TIME])
    received = moment(row["_TimeReceived"]) if "_TimeReceived" in row else said + LATENCY
    stamped = said if received - TOO_OLD <= said <= received + TOO_NEW else received
    standard = {
        "TenantId": workspace,
        "Type": table,
        "_ItemId": str(uuid5(NAMESPACE_URL, f"{workspace}/{table}/{place}"))
        if "_ItemId" not in row
        else row["_ItemId"],
        "_IsBillable": "True",
        "_BilledSize": float(sum(len(str(value)) for value in row.values())),
        PLACE: place,
    }
    times = {TIME: stamped, "_TimeReceived": received, INGESTED: row.get(INGESTED, received + INDEXED)}
    return standard | {name: _cut(value, widest) for name, value in row.items()} | times


def _cut(value: Any, widest: int) -> Any:
    """Keep the first bytes of a text, in whole characters."""
    if not isinstance(value, str) or len(value) <= widest // 4:
        return value
    return value.encode("utf-8", "surrogatepass")[:widest].decode("utf-8", "ignore")


def moment(value: Any) -> datetime:
    """Return a time that a row holds, or has as text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
