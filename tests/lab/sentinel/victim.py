"""The victim estate's tables in Sentinel's shapes: interactive, archived, Basic, Auxiliary and expired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from lab.events import Connection, Event, Scene
from lab.kql.model import KqlType
from lab.render.siem.catalogue import CATALOGUE
from lab.render.siem.labelled import Row
from lab.render.siem.sentinel_schema import types
from lab.sensors import Holds, everything, told
from lab.sentinel.columns import TIME
from lab.sentinel.store import Keep, Store
from lab.truth import Sighting, shown_to

# Which source a sensor is here: Elastic's own have Defender in their place.
SENSORS: Final = {
    "sysmon-beats": "sentinel_sysmon_event",
    "sysmon-nxlog": "sentinel_sysmon_event_ama",
    "sysmon-evtx": "sentinel_sysmon_event_ama",
    "elastic-defend": "sentinel_xdr",
    "defender-xdr": "sentinel_xdr",
    "security": "sentinel_security_event",
    "proxy": "sentinel_csl",
    "zeek": "sentinel_dns_events",
}
SHOWN_AS: Final = {"sentinel_csl": "proxy", "sentinel_dns_events": "zeek", "sentinel_security_event": "security"}
INTERACTIVE_SINCE: Final = datetime(2023, 3, 1, tzinfo=UTC)
ARCHIVED_SINCE: Final = datetime(2023, 1, 1, tzinfo=UTC)  # what is older has expired
USAGE: Final[Mapping[str, KqlType]] = {
    "DataType": "string",
    "Quantity": "real",
    "QuantityUnit": "string",
    "IsBillable": "bool",
    "Solution": "string",
    "StartTime": "datetime",
    "EndTime": "datetime",
}
# Functions that Microsoft Sentinel brings along, and whose columns each has; the lab shows no events through them.
PARSERS: Final = {
    "_Im_Dns": "ASimDnsActivityLogs",
    "_Im_NetworkSession": "ASimNetworkSessionLogs",
    "_Im_WebSession": "ASimWebSessionLogs",
}
OPERATIONS: Final[Mapping[str, KqlType]] = {
    "Category": "string",
    "Operation": "string",
    "Level": "string",
    "Detail": "string",
    "Computer": "string",
}


def fill(store: Store, scenes: Iterable[Scene], *, keep: Callable[[str], Keep], holds: Holds = everything) -> None:
    """Add every event that a sensor ships and that is held to its table, and what the workspace writes: Usage, functions."""
    tables: dict[str, list[Row]] = defaultdict(list)
    for number, scene in enumerate(scenes):
        for source, row in _rows(scene.event, holds):
            tables[str(row["Type"])].append(row | {"_ItemId": _id(source, number)})
    for name, rows in sorted(tables.items()):
        store.add(name, cast("Mapping[str, KqlType]", types(name)), rows, keep=keep(name))
    store.add("Usage", USAGE, _usage(tables), keep=keep("Usage"))
    store.add("_LogOperation", OPERATIONS, kind="Function")
    for name, table in PARSERS.items():
        store.add(name, cast("Mapping[str, KqlType]", types(table)), kind="Function")


def sightings(scenes: Iterable[Scene], *, holds: Holds = everything) -> Iterator[Sighting]:
    """Yield where the marked events lie in what `fill` adds: `file` is the table, `line` the number in `_ItemId`."""
    for number, scene in enumerate(scenes):
        if scene.mark:
            for source, row in _rows(scene.event, holds):
                seen = shown_to(scene.mark, SHOWN_AS.get(source, source))
                host, at = scene.event.host, scene.event.time
                yield Sighting(str(row["Type"]), number, source, host, at, scene.mark, seen)


def place(hit: Mapping[str, Any]) -> str:
    """Return the table of a report's hit: its part's title ends in it."""
    (part,) = hit["parts"]
    return str(part).rpartition("(")[2].rstrip(")")


def ageing(now: datetime) -> Callable[[str], Keep]:
    """Return how tables are kept, so that a part of the estate lies in each tier; days are counted back from now.

    The spring of 2023 is interactive here by more days than the real service sells (730 [M4]): else all of it was
    archived, as it is in real life. Only custom tables can be Auxiliary there.
    """
    interactive, total = (now - INTERACTIVE_SINCE).days, (now - ARCHIVED_SINCE).days
    kept = {
        "CommonSecurityLog": Keep("Basic", 30, total),
        "DnsEvents": Keep("Auxiliary", total, total),
        "Usage": Keep(),
    }
    return lambda name: kept.get(name, Keep("Analytics", interactive, total))


def _rows(event: Event, holds: Holds) -> Iterator[tuple[str, Row]]:
    for sensor, labelled, logsource in told(event, holds):
        if source := SENSORS.get(sensor):
            row = CATALOGUE[source].render(labelled | _asked_for(event, source), logsource)
            if row is not None:
                yield source, row


def _asked_for(event: Event, source: str) -> Row:
    """Return what Defender knows better than Sysmon: the name that a process asked for, not what a look-up says."""
    if source == "sentinel_xdr" and isinstance(event, Connection) and event.name:
        return {"DestinationHostname": event.name}
    return {}


def _id(source: str, number: int) -> str:
    return f"e{number:08x}-{source}"


def _usage(tables: Mapping[str, list[Row]]) -> Iterator[dict[str, Any]]:
    """Yield what each table took in on each day, in megabytes (a kilobyte a row)."""
    days: dict[tuple[str, str], int] = defaultdict(int)
    for name, rows in tables.items():
        for row in rows:
            days[name, str(row[TIME])[:10]] += 1
    for (name, day), count in sorted(days.items()):
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
        end = start + timedelta(days=1)
        said = {"DataType": name, "Quantity": count / 1_000, "QuantityUnit": "MBytes", "IsBillable": True}
        yield {TIME: end, "_TimeReceived": end, "StartTime": start, "EndTime": end, "Solution": "Security", **said}
