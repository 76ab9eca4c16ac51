"""Sysmon's event ids and data fields, typed as Windows writes them; shared by its flat and its binary form."""

from __future__ import annotations

from typing import Final

from lab.events import (
    Connection,
    DnsQuery,
    Event,
    FileCreate,
    FileDelete,
    ImageLoad,
    Process,
    ProcessStart,
    WebRequest,
)
from lab.render.words import Record, file_name, hash_list, spaced, tag

CHANNEL: Final = "Microsoft-Windows-Sysmon/Operational"
PROVIDER: Final = "Microsoft-Windows-Sysmon"
GUID: Final = "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"
HEADLINES: Final = {
    1: "Process Create:",
    3: "Network connection detected:",
    7: "Image loaded:",
    11: "File created:",
    22: "Dns query:",
    23: "File Delete:",
}


def sysmon(event: Event) -> tuple[int, Record] | None:
    """Return event id and data, or None for what Sysmon does not see."""
    match event:
        case ProcessStart():
            found = 1, _process(event)
        case Connection():
            found = 3, _connection(event)
        case ImageLoad():
            found = 7, _image(event)
        case FileCreate():
            found = 11, _head(event) | {"TargetFilename": event.path, "CreationUtcTime": spaced(event.time)}
        case DnsQuery():
            found = 22, _query(event)
        case FileDelete():
            found = 23, _head(event) | {"TargetFilename": event.path, "IsExecutable": False, "Archived": True}
        case WebRequest():
            return None
    return found


def _head(event: ProcessStart | Connection | ImageLoad | FileCreate | DnsQuery | FileDelete) -> Record:
    process = event.process
    return {
        "RuleName": "-",
        "UtcTime": spaced(event.time),
        "ProcessGuid": _guid(event, process),
        "ProcessId": process.pid,
        "Image": process.program.path,
        "User": process.user,
    }


def _guid(event: Event, process: Process) -> str:
    return f"{{{tag(event.host):08x}-{process.pid:04x}-{event.time:%m%d}-{process.pid:04x}-000000000700}}"


def _process(event: ProcessStart) -> Record:
    program, parent = event.process.program, event.parent
    return _head(event) | {
        "FileVersion": program.version or "-",
        "Description": program.product or "-",
        "Product": program.product or "-",
        "Company": program.company or "-",
        "OriginalFileName": file_name(program.path),
        "CommandLine": event.process.command,
        "CurrentDirectory": "C:\\Windows\\system32\\",
        "LogonGuid": f"{{{tag(event.host):08x}-0000-0000-0000-000000000000}}",
        "LogonId": "0x3673c",
        "TerminalSessionId": 1,
        "IntegrityLevel": "Medium",
        "Hashes": hash_list(program),
        "ParentProcessGuid": _guid(event, parent),
        "ParentProcessId": parent.pid,
        "ParentImage": parent.program.path,
        "ParentCommandLine": parent.command,
        "ParentUser": parent.user,
    }


def _connection(event: Connection) -> Record:
    return _head(event) | {
        "Protocol": "tcp",
        "Initiated": True,
        "SourceIsIpv6": False,
        "SourceIp": event.host.address,
        "SourceHostname": "-",
        "SourcePort": 49152 + event.process.pid % 16_000,
        "SourcePortName": "-",
        "DestinationIsIpv6": False,
        "DestinationIp": event.address,
        "DestinationHostname": event.reverse or "-",
        "DestinationPort": event.port,
        "DestinationPortName": "https",
    }


def _image(event: ImageLoad) -> Record:
    module = event.module
    return _head(event) | {
        "ImageLoaded": module.path,
        "FileVersion": module.version or "-",
        "Description": module.product or "-",
        "Product": module.product or "-",
        "Company": module.company or "-",
        "OriginalFileName": file_name(module.path),
        "Hashes": hash_list(module),
        "Signed": module.status == "Valid",
        "Signature": module.signer or "-",
        "SignatureStatus": module.status,
    }


def _query(event: DnsQuery) -> Record:
    results = f"::ffff:{event.answer};" if event.answer else "-"
    return _head(event) | {
        "QueryName": event.name,
        "QueryStatus": "0" if event.answer else "9003",
        "QueryResults": results,
    }
