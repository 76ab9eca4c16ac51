"""An event of the estate as its sensors tell it, in Sigma's words: what every SIEM's shapes are rendered from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from lab.events import DnsQuery, Event, FileCreate, FileDelete, ImageLoad, ProcessStart, WebRequest
from lab.render.siem.labelled import Row
from lab.render.sysmon import sysmon
from lab.render.words import zulu

CATEGORIES: Final[Mapping[type, str]] = {
    ProcessStart: "process_creation",
    ImageLoad: "image_load",
    FileCreate: "file_event",
    FileDelete: "file_delete",
    DnsQuery: "dns_query",
}


Holds: TypeAlias = Callable[[Event, str], bool]  # whether a place has what a sensor saw of an event


def everything(_event: Event, _sensor: str) -> bool:
    """Hold what any sensor saw."""
    return True


def told(event: Event, holds: Holds = everything) -> Iterator[tuple[str, Row, str]]:
    """Yield the sensor, the event in Sigma's words and its log source, for each sensor that saw it and is held.

    Every host's sensor tells as Sysmon would.
    """
    seen = [sensor for sensor in sensors(event) if holds(event, sensor)]
    said = sysmon(event) if {*seen} & {*event.host.sensors} else None
    host: Row = {"@timestamp": zulu(event.time), "Hostname": event.host.name}
    category = CATEGORIES.get(type(event), "network_connection")
    for sensor in seen:
        if isinstance(event, WebRequest):
            yield sensor, _request(event), "*/proxy/*"
        elif isinstance(event, DnsQuery) and sensor == "zeek":
            yield sensor, _asked(event), "zeek/*/dns"
        elif said:
            yield sensor, said[1] | host, f"{event.host.system}/{category}/*"


def sensors(event: Event) -> tuple[str, ...]:
    """Return who can see an event: sensors of hosts by their own names, `proxy` and `zeek` for the network's."""
    if isinstance(event, WebRequest):
        return ("proxy",)
    return (*event.host.sensors, "zeek") if isinstance(event, DnsQuery) else event.host.sensors


def _request(event: WebRequest) -> Row:
    return {
        "@timestamp": zulu(event.time),
        "c-ip": event.host.address,
        "cs-username": event.host.user,
        "cs-method": event.method,
        "cs-host": event.server,
        "c-uri": event.uri,
        "cs-cookie": event.cookie,
        "c-useragent": event.agent,
        "sc-status": event.status,
    }


def _asked(event: DnsQuery) -> Row:
    answered = [event.answer] if event.answer else []
    return {
        "ts": event.time.timestamp(),
        "id.orig_h": event.host.address,
        "query": event.name,
        "qtype_name": "A",
        "rcode_name": "NOERROR" if answered else "NXDOMAIN",
        "answers": answered,
    }
