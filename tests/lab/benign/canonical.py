"""What logs tell of an event, in Sigma's field names: one row for each log source that sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from lab.benign.happen import Happening, Logged
from lab.events import Connection, DnsQuery, Event, FileCreate, FileDelete, ImageLoad, ProcessStart, WebRequest
from lab.render.proxy import proxy
from lab.render.sysmon import sysmon
from lab.render.windows_security_flat import security
from lab.render.words import Record, hash_list
from lab.render.zeek_dns import zeek_dns

Fields: TypeAlias = Mapping[str, tuple[str, ...]]
CATEGORIES: dict[type, str] = {
    ProcessStart: "process_creation",
    ImageLoad: "image_load",
    FileCreate: "file_event",
    FileDelete: "file_delete",
    DnsQuery: "dns_query",
    Connection: "network_connection",
}


def canonical(event: Happening) -> Iterator[tuple[str, Fields]]:
    """Yield log source, written product/category/service, and fields as the log spells them."""
    if isinstance(event, Logged):
        yield event.logsource, {name: (value,) for name, value in event.fields.items()}
        return
    if isinstance(event, WebRequest):
        yield "*/proxy/*", _fields(proxy(event, number=0))
        return
    system = event.host.system
    yield f"{system}/{CATEGORIES[type(event)]}/*", _fields(_windows(event) if system == "windows" else _macos(event))
    if isinstance(event, DnsQuery):
        yield "*/dns/*", _fields(_zeek(event))
    if isinstance(event, ProcessStart) and "security" in event.host.sensors:
        yield "windows/*/security", _fields(security(event, number=0))


def _fields(record: Record | None) -> Fields:
    assert record is not None
    return {name: _texts(value) for name, value in record.items()}


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(map(str, value))
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _windows(event: Event) -> Record:
    found = sysmon(event)
    assert found is not None
    return {"EventID": found[0]} | found[1]


def _macos(event: Event) -> Record:
    """Say what an endpoint sensor of macOS says under Sigma's names; signatures as the archive's sources name them."""
    assert not isinstance(event, WebRequest | ImageLoad)
    record: Record = {"Image": event.process.program.path, "User": event.process.user, "ProcessId": event.process.pid}
    match event:
        case ProcessStart(process=process, parent=parent):
            program = process.program
            record |= {"CommandLine": process.command, "ParentImage": parent.program.path, "Hashes": hash_list(program)}
            record |= {"ParentCommandLine": parent.command, "FileVersion": program.version, "Product": program.product}
            record |= {"Signature": program.signer, "SigningId": program.signing_id, "TeamId": program.team}
        case FileCreate() | FileDelete():
            record |= {"TargetFilename": event.path}
        case DnsQuery():
            record |= {"QueryName": event.name, "QueryResults": event.answer}
        case Connection():
            record |= {"DestinationHostname": event.name, "DestinationIp": event.address, "DestinationPort": event.port}
            record |= {"Initiated": True, "Protocol": "tcp"}
    return record


def _zeek(event: DnsQuery) -> Record:
    """Say what Zeek says, under its own names and Sigma's."""
    seen = zeek_dns(event, number=0)
    assert seen is not None
    return seen | {"answer": seen["answers"], "record_type": seen["qtype_name"], "QueryName": seen["query"]}
