"""Defender XDR's advanced hunting tables as streamed to storage: the row in `properties`, the table in `category`."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from lab.events import Connection, DnsQuery, Event, FileCreate, FileDelete, ImageLoad, ProcessStart, Program, WebRequest
from lab.hosts import COMPANY, DOMAIN
from lab.render.words import Record, file_name, zulu

TENANT = "6f2b8f0e-0000-4000-8000-2d9a3c51e7aa"  # made up
BEHIND = timedelta(minutes=2, seconds=11)


def defender(event: Event, *, number: int) -> Record | None:
    """Render a row of the table the event belongs to, or return None."""
    seen: tuple[str, str, Record] | None = None
    match event:
        case ProcessStart():
            seen = "DeviceProcessEvents", "ProcessCreated", _created(event)
        case ImageLoad():
            seen = "DeviceImageLoadEvents", "ImageLoaded", _file(event.module)
        case FileCreate():
            seen = "DeviceFileEvents", "FileCreated", _path(event.path)
        case FileDelete():
            seen = "DeviceFileEvents", "FileDeleted", _path(event.path)
        case Connection():
            seen = "DeviceNetworkEvents", "ConnectionSuccess", _ends(event)
        case DnsQuery():
            seen = "DeviceEvents", "DnsQueryResponse", _answer(event)
    return _row(event, *seen, number=number) if seen else None


def _row(event: Event, table: str, action: str, own: Record, *, number: int) -> Record:
    host = event.host
    properties: Record = {
        "Timestamp": zulu(event.time)[:-1] + "0000Z",
        "DeviceId": hashlib.sha1(host.name.encode(), usedforsecurity=False).hexdigest(),
        "DeviceName": f"{host.name.lower()}.{COMPANY}",
        "ActionType": action,
        "ReportId": number,
    }
    return {
        "time": zulu(event.time + BEHIND)[:-1] + "0000Z",
        "tenantId": TENANT,
        "operationName": "Publish",
        "category": f"AdvancedHunting-{table}",
        "properties": properties | own | _actor(event),
    }


def _created(event: ProcessStart) -> Record:
    program = event.process.program
    return _file(program) | {
        "ProcessId": event.process.pid,
        "ProcessCommandLine": event.process.command,
        "ProcessVersionInfoCompanyName": program.company,
        "ProcessVersionInfoProductName": program.product,
        "ProcessVersionInfoProductVersion": program.version,
        "ProcessVersionInfoOriginalFileName": file_name(program.path),
        "AccountDomain": DOMAIN.lower(),
        "AccountName": event.process.user.rpartition("\\")[2],
    }


def _actor(event: Event) -> Record:
    if isinstance(event, WebRequest):
        return {}
    process = event.parent if isinstance(event, ProcessStart) else event.process
    program = process.program
    return {
        "InitiatingProcessId": process.pid,
        "InitiatingProcessFileName": file_name(program.path),
        "InitiatingProcessFolderPath": program.path.lower(),
        "InitiatingProcessCommandLine": process.command,
        "InitiatingProcessSHA256": program.hashes.sha256,
        "InitiatingProcessAccountName": process.user.rpartition("\\")[2],
        "InitiatingProcessVersionInfoProductVersion": program.version,
    }


def _file(program: Program) -> Record:
    hashes = program.hashes
    return _path(program.path) | {"SHA256": hashes.sha256, "SHA1": hashes.sha1, "MD5": hashes.md5}


def _path(path: str) -> Record:
    return {"FileName": file_name(path), "FolderPath": path}


def _answer(event: DnsQuery) -> Record:
    told = {"DnsQueryString": event.name, "DnsQueryResult": [{"Result": event.answer}]}
    return {"AdditionalFields": json.dumps(told, separators=(",", ":"))}


def _ends(event: Connection) -> Record:
    return {
        "RemoteIP": event.address,
        "RemotePort": event.port,
        "RemoteUrl": event.name,
        "LocalIP": event.host.address,
        "LocalPort": 49_152 + event.process.pid % 16_000,
        "Protocol": "Tcp",
    }
