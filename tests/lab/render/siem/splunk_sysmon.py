"""Sysmon in Splunk by the Splunk Add-on for Sysmon (5.0.1): Sysmon's own names and the add-on's search-time fields.

Written from splunk/security_content, data_sources/sysmon_eventid_{1,3,7,11,13,15,17,18,22,23}.yml (source, sourcetype, the
list of fields the add-on extracts, field_mappings, an event as indexed) and the CIM pages of help.splunk.com for vocabularies.
What each alias holds is as public tests of the shipped add-on replay it: `user` without its domain, IntegrityLevel as it is,
`direction` from Initiated, `action` of event 11 by comparing its two times, answers of event 22 with or without `type: n`,
a value's data out of `DWORD (...)`. `src` and `dest` of event 3 are the host names and empty where Sysmon writes "-", as
in a row of event 3 IBM's stix-shifter prints for its Splunk connector; that they never fall back on addresses is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lab.render.siem.labelled import Event, Labelled, Row, account, filled, known, read
from lab.render.siem.splunk_event import indexed, windows_system, windows_xml
from lab.render.siem.sysmon_data import rendered, sysmon_data
from lab.render.sysmon import CHANNEL, GUID, PROVIDER
from lab.render.words import file_name

INDEX: Final = "sysmon"
SOURCE: Final = f"XmlWinEventLog:{CHANNEL}"
LOST: Final[Mapping[str, str]] = {}  # Sysmon's own fields are all there, under their own names


def render(event: Event, logsource: str) -> Row | None:
    """Render a Sysmon event as a search returns it, or None for what Sysmon does not see."""
    seen = read(event, logsource)
    found = sysmon_data(seen)
    if found is None:
        return None
    event_id, data = found
    system = _system(event_id)
    raw = windows_xml(seen, system, data)
    return (
        indexed(seen, INDEX, source=SOURCE, sourcetype="XmlWinEventLog", raw=raw)
        | windows_system(seen, system)
        | filled(data | _digests(seen) | _common(seen, event_id, data) | _own(seen, event_id, data))
    )


def _system(event_id: int) -> dict[str, str]:
    return {
        "Name": PROVIDER,
        "Guid": GUID.upper(),
        "EventID": str(event_id),
        "Version": "2" if event_id in {12, 13, 14} else "5",
        "Level": "4",
        "Task": str(event_id),
        "Keywords": "0x8000000000000000",
        "Channel": CHANNEL,
    }


def _digests(seen: Labelled) -> Row:
    """Return MD5, SHA1, SHA256 and IMPHASH in the case they were written."""
    return {name.upper(): digest for name, digest in seen.digests.items()}


def _common(seen: Labelled, event_id: int, data: dict[str, str]) -> Row:
    headline = rendered(event_id, {}).rstrip(":")
    image = data.get("Image")
    return {
        "EventDescription": headline,
        "signature": headline,
        "signature_id": str(event_id),
        "event_id": str(seen.number),
        "vendor_product": "Microsoft Sysmon",
        "dvc_nt_host": seen.host,
        "user": account(seen, "User")[1],
        "process_guid": data.get("ProcessGuid"),
        "process_id": data.get("ProcessId"),
        "process_path": image,
        "process_name": image and file_name(image),
        "process_exec": image and file_name(image),
    }


def _own(seen: Labelled, event_id: int, data: dict[str, str]) -> Row:
    match event_id:
        case 1:
            return _process(seen, data)
        case 3:
            return _connection(seen, data)
        case 7:
            return _image(seen, data)
        case 22:
            return _query(seen, data)
        case 12 | 13 | 14:
            return _registry(seen, event_id, data)
    return _pipe(seen, data) if event_id in {17, 18} else _file(seen, event_id, data)


def _process(seen: Labelled, data: dict[str, str]) -> Row:
    parent, original = data.get("ParentImage"), data.get("OriginalFileName")
    return {
        "action": "allowed",
        "dest": seen.host,
        "os": "Microsoft Windows",
        "process": data.get("CommandLine"),
        "process_current_directory": data.get("CurrentDirectory"),
        "process_hash": data.get("Hashes"),
        "process_integrity_level": data.get("IntegrityLevel"),
        "original_file_name": None if original == "-" else original,
        "parent_process": data.get("ParentCommandLine"),
        "parent_process_path": parent,
        "parent_process_name": parent and file_name(parent),
        "parent_process_exec": parent and file_name(parent),
        "parent_process_guid": data.get("ParentProcessGuid"),
        "parent_process_id": data.get("ParentProcessId"),
    }


def _connection(seen: Labelled, data: dict[str, str]) -> Row:
    return {
        "action": "allowed",
        "app": data.get("Image"),
        "dest": known(seen, "DestinationHostname"),
        "dest_ip": data.get("DestinationIp"),
        "dest_port": data.get("DestinationPort"),
        "src": known(seen, "SourceHostname"),
        "src_ip": data.get("SourceIp"),
        "src_port": data.get("SourcePort"),
        "direction": {"true": "outbound", "false": "inbound"}.get(data.get("Initiated", "")),
        "dvc": seen.host,
        "protocol": "ip",
        "transport": data.get("Protocol"),
    }


def _image(seen: Labelled, data: dict[str, str]) -> Row:
    """Return what 5.x says of a module; before, process_path held the module and parent_process_path the process."""
    module = data.get("ImageLoaded")
    return {
        "action": "success",
        "dest": seen.host,
        "os": "Microsoft Windows",
        "loaded_file_path": module,
        "loaded_file": module and file_name(module),
        "process_hash": data.get("Hashes"),
        "service_dll_signature_exists": data.get("Signed"),
        "service_dll_signature_verified": _verified(data.get("SignatureStatus")),
    }


def _verified(state: str | None) -> str | None:
    return None if state is None else str(state == "Valid").lower()


def _query(seen: Labelled, data: dict[str, str]) -> Row:
    found = sysmon_answers(data.get("QueryResults"))
    return {
        "src": seen.host,
        "query": data.get("QueryName"),
        "query_count": "1",
        "reply_code_id": data.get("QueryStatus"),
        "answer": found or None,
        "answer_count": str(len(found)) if found else None,
    }


def sysmon_answers(results: str | None) -> list[str]:
    """Return the answers as the add-on's transform takes them: to each semicolon, without `type: n` before it."""
    return [answer for _, answer in re.findall(r"(type:\s+\d+\s+|)([^;]+);", results or "")]


def _file(seen: Labelled, event_id: int, data: dict[str, str]) -> Row:
    path, made = data.get("TargetFilename"), data.get("CreationUtcTime")
    written = "created" if made in {None, data.get("UtcTime")} else "modified"
    return {
        "action": written if event_id in {11, 15} else "deleted",
        "dest": seen.host,
        "object_category": "file",
        "file_path": path,
        "file_name": path and file_name(path),
        "file_hash": data.get("Hashes") or data.get("Hash"),
        "file_create_time": data.get("CreationUtcTime"),
    }


def _pipe(seen: Labelled, data: dict[str, str]) -> Row:
    return {"dest": seen.host, "os": "Microsoft Windows", "pipe_name": data.get("PipeName")}


def _registry(seen: Labelled, event_id: int, data: dict[str, str]) -> Row:
    path = data.get("TargetObject")
    created = "created" if data.get("EventType", "").startswith("Create") else "deleted"
    parts = (path or "").split("\\")
    value, key = (parts[-1], parts[-2:][0]) if event_id == 13 else (None, parts[-1])
    details = data.get("Details")
    inside = re.fullmatch(r"\w+\s\((.+)\)", details or "")
    return {
        "action": created if event_id == 12 else "modified",
        "dest": seen.host,
        "object_category": "registry",
        "object_path": path,
        "registry_path": path,
        "registry_key_name": key or None,
        "registry_value_name": value or None,
        "registry_value_data": inside[1] if inside else details,
        "status": "success",
    }
