"""Sysmon as flat JSON, as two shippers write it, and the old template that loses a field on the way."""

from __future__ import annotations

from datetime import timedelta

from lab.events import Event
from lab.hosts import COMPANY
from lab.render.sysmon import CHANNEL, GUID, HEADLINES, PROVIDER, sysmon
from lab.render.words import Record, spaced, zulu

COLLECTOR = f"wec.{COMPANY}"
BEHIND = timedelta(seconds=1, milliseconds=380)  # what the collector needs
LOCAL = timedelta(hours=1)  # NXLog writes EventTime in the server's zone, unmarked


def beats(event: Event, *, number: int) -> Record | None:
    """Render as Winlogbeat-like shippers do: UTC with its zone, no record number."""
    del number
    found = sysmon(event)
    if found is None:
        return None
    event_id, data = found
    return {
        "SourceName": PROVIDER,
        "ProviderGuid": GUID,
        "Level": "4",
        "Keywords": "0x8000000000000000",
        "Channel": CHANNEL,
        "Hostname": f"{event.host.name}.{COMPANY}",
        "TimeCreated": zulu(event.time),
        "@timestamp": zulu(event.time),
        "EventID": event_id,
        "Message": HEADLINES[event_id],
        "Task": str(event_id),
    } | _flat(data)


def nxlog(event: Event, *, number: int) -> Record | None:
    """Render as NXLog does: local times unmarked, `host` the collector, `Hostname` the source."""
    found = sysmon(event)
    if found is None:
        return None
    event_id, data = found
    return {
        "@timestamp": zulu(event.time + BEHIND),
        "@version": "1",
        "EventTime": spaced(event.time + LOCAL)[:-4],
        "EventReceivedTime": spaced(event.time + LOCAL + BEHIND)[:-4],
        "Hostname": f"{event.host.name}.{COMPANY}",
        "host": COLLECTOR,
        "Channel": CHANNEL,
        "SourceName": PROVIDER,
        "ProviderGuid": GUID.upper(),
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
        "EventID": event_id,
        "EventType": "INFO",
        "Severity": "INFO",
        "SeverityValue": 2,
        "Keywords": -9223372036854775808,
        "Task": event_id,
        "RecordNumber": number,
        "ThreadID": 4168,
        "AccountName": "SYSTEM",
        "UserID": "S-1-5-18",
        "Message": HEADLINES[event_id],
    } | _flat(data)


def without_module_hashes(record: Record | None) -> Record | None:
    """Drop the hashes of loaded images, as a shipper with an old field list does: never filled, in no event."""
    if record is None or record["EventID"] != 7:
        return record
    return {name: value for name, value in record.items() if name != "Hashes"}


def _flat(data: Record) -> Record:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in data.items()}
