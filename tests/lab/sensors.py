"""An event of the estate as its sensors tell it, in Sigma's words: what every SIEM's shapes are rendered from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

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


def told(event: Event) -> Iterator[tuple[str, Row, str]]:
    """Yield the sensor, the event in Sigma's words and its log source, for each sensor that saw it.

    Sensors of hosts by their own names, `proxy` and `zeek` for the network's; every host's sensor tells as Sysmon would.
    """
    if isinstance(event, WebRequest):
        yield "proxy", _request(event), "*/proxy/*"
        return
    said = sysmon(event)
    host: Row = {"@timestamp": zulu(event.time), "Hostname": event.host.name}
    category = CATEGORIES.get(type(event), "network_connection")
    for sensor in event.host.sensors:
        if said:
            yield sensor, said[1] | host, f"{event.host.system}/{category}/*"
    if isinstance(event, DnsQuery):
        yield "zeek", _asked(event), "zeek/*/dns"


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
