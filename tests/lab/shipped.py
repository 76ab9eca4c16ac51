"""What a host's sensors ship to a SIEM of an event, in Sigma's words."""

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


def shipped(event: Event, sensors: Mapping[str, str], *, web: str, dns: str) -> Iterator[tuple[str, Row, str]]:
    """Yield the source, the event in Sigma's words and its log source, for each sensor that ships it.

    `sensors` names the source of each sensor that ships at all; `web` and `dns` are those of the proxy and the network.
    """
    if isinstance(event, WebRequest):
        yield web, _request(event), "*/proxy/*"
        return
    said = sysmon(event)
    host: Row = {"@timestamp": zulu(event.time), "Hostname": event.host.name}
    category = CATEGORIES.get(type(event), "network_connection")
    for sensor in event.host.sensors:
        if said and sensor in sensors:
            yield sensors[sensor], said[1] | host, f"{event.host.system}/{category}/*"
    if isinstance(event, DnsQuery):
        yield dns, _asked(event), "zeek/*/dns"


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
