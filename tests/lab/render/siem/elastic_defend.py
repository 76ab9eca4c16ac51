"""Elastic Defend's events in logs-endpoint.events.*, Windows, macOS and Linux's files: flat, dotted names.

Written from elastic/endpoint-package: custom_documentation/doc/endpoint/{process,network,file,registry}/{windows,macos,linux}/
(one page an event with the fields it carries) and package/endpoint/data_stream/{library,file,process}/sample_event.json.
Of note there: Windows process events carry pe.original_file_name and pe.imphash and nothing else of a program's version;
connections of Windows carry addresses and no names, macOS has destination.domain on its page of attempted connections;
macOS has no event for a created file, only one for a modified one, Linux has both and no digests of a created one; macOS
processes start with `exec` and have no command line of the parent; digests are lower case; network.direction is on
Windows pages only. code_signature.status `trusted`, `errorExpired`, `errorCode_endpoint` as the values Elastic's
detection-rules test for; which one Defend writes for Sysmon's Revoked or Invalid is inferred.
"""

from __future__ import annotations

import re
from typing import Final

from lab.render.siem.command_line import arguments
from lab.render.siem.elastic_document import document
from lab.render.siem.labelled import Event, Labelled, Row, account, filled, known, number, read, text
from lab.render.words import file_name, zulu

NEVER: Final = {
    "dns": "Defend's DNS events are a process's: rendered from dns_query",
    "proxy": "an endpoint sensor is no proxy",
    "firewall": "an endpoint sensor is no firewall log",
    "conn": "an endpoint sensor is no network sensor",
    "http": "an endpoint sensor is no network sensor",
    "security": "another agent's log",
    "windefend": "another agent's log",
    "antivirus": "alerts are another data stream",
    "server": "an endpoint sensor is no web server",
    "stream": "no event of a stream's digest",
    "pipe": "no event in these data streams",
}
_NO_VERSION: Final = "process events carry pe.original_file_name and pe.imphash only"
LOST: Final = {
    "process.FileVersion": _NO_VERSION,
    "process.Product": _NO_VERSION,
    "process.Company": _NO_VERSION,
    "process.Description": _NO_VERSION,
    "process.ParentUser": "only the new process's user",
    "image.Product": "dll.pe has file_version, imphash and original_file_name",
    "image.Company": "dll.pe has file_version, imphash and original_file_name",
    "image.Description": "dll.pe has file_version, imphash and original_file_name",
    "file.Hashes": "a creation carries no digests; a modification may have file.hash.sha256 in late versions",
    "delete.Hashes": "a deletion carries no digests",
    "windows connection.DestinationHostname": "connections carry addresses only",
    "connection.SourceHostname": "connections carry addresses only",
    "dns_query.QueryResults": "answers are another event (lookup_result)",
}
ACTIONS: Final = {
    "process": ("process", "start", "start"),
    "image": ("library", "load", "start"),
    "file": ("file", "creation", "creation"),
    "delete": ("file", "deletion", "deletion"),
    "registry": ("registry", "modification", "change"),
    "connection": ("network", "connection_attempted", "start"),
    "dns_query": ("network", "lookup_requested", "protocol"),
}
MACOS: Final = {
    "process": ("process", "exec", "start"),
    "file": ("file", "modification", "change"),
    "dns_query": ("network", "lookup_result", "protocol"),
}
NEVER_ON_MACOS: Final = {"image", "registry"}


def render(event: Event, logsource: str) -> Row | None:
    """Render a document, or None for what Defend does not report."""
    seen = read(event, logsource)
    if seen.kind not in ACTIONS or (seen.system == "macos" and seen.kind in NEVER_ON_MACOS):
        return None
    return _frame(seen) | filled(_by(seen) | _own(seen))


def _frame(seen: Labelled) -> Row:
    category, action, kind = (MACOS if seen.system == "macos" else {}).get(seen.kind, ACTIONS[seen.kind])
    if seen.kind == "connection" and text(seen, "Initiated") == "false":
        action = "connection_accepted"
    return document(seen) | {
        "agent.type": "endpoint",
        "data_stream.dataset": f"endpoint.events.{category}",
        "data_stream.namespace": "default",
        "data_stream.type": "logs",
        "event.action": action,
        "event.category": [category],
        "event.created": zulu(seen.time),
        "event.dataset": f"endpoint.events.{category}",
        "event.id": f"N{seen.number:08x}",
        "event.module": "endpoint",
        "event.type": [kind],
        "host.hostname": seen.host.partition(".")[0],
        "host.name": seen.host,
        "host.os.family": seen.system,
        "host.os.platform": seen.system,
        "host.os.type": seen.system,
    }


def _by(seen: Labelled) -> Row:
    image, (domain, name) = text(seen, "Image"), account(seen, "User")
    return {
        "process.entity_id": text(seen, "ProcessGuid"),
        "process.executable": image,
        "process.name": image and file_name(image),
        "process.pid": number(seen, "ProcessId"),
        "user.domain": domain,
        "user.name": name,
    }


def _own(seen: Labelled) -> Row:
    match seen.kind:
        case "process":
            return _process(seen)
        case "image":
            return _library(seen)
        case "registry":
            return _registry(seen)
        case "connection":
            return _connection(seen)
        case "dns_query":
            return {"dns.question.name": text(seen, "QueryName"), "network.protocol": "dns"}
    path = text(seen, "TargetFilename")
    name = file_name(path or "")
    return {
        "file.path": path,
        "file.name": path and name,
        "file.extension": name.rpartition(".")[2] if "." in name[1:] else None,
    }


def _process(seen: Labelled) -> Row:
    parent, command, level = text(seen, "ParentImage"), text(seen, "CommandLine"), text(seen, "IntegrityLevel")
    row = {
        "process.command_line": command,
        "process.args": command and arguments(command),
        "process.args_count": command and len(arguments(command)),
        "process.working_directory": text(seen, "CurrentDirectory"),
        "process.parent.executable": parent,
        "process.parent.name": parent and file_name(parent),
        "process.parent.pid": number(seen, "ParentProcessId"),
        "process.parent.entity_id": text(seen, "ParentProcessGuid"),
        **_hashes(seen, "process"),
    }
    if seen.system == "windows":
        row |= {
            "process.parent.command_line": text(seen, "ParentCommandLine"),
            "process.pe.original_file_name": text(seen, "OriginalFileName"),
            "process.Ext.authentication_id": text(seen, "LogonId"),
            "process.pe.imphash": seen.digests.get("imphash", "").lower() or None,
            "process.Ext.token.integrity_level_name": level and level.lower(),
        }
    return row


def _library(seen: Labelled) -> Row:
    path = text(seen, "ImageLoaded")
    return {
        "dll.path": path,
        "dll.name": path and file_name(path),
        "dll.pe.file_version": text(seen, "FileVersion"),
        "dll.pe.original_file_name": text(seen, "OriginalFileName"),
        "dll.pe.imphash": seen.digests.get("imphash", "").lower() or None,
        **_hashes(seen, "dll"),
        **_signature(seen),
    }


def _signature(seen: Labelled) -> Row:
    """Say whether a module is signed; an unsigned one has no status and no subject."""
    signed, state = (text(seen, "Signed") or "").lower(), known(seen, "SignatureStatus")
    if not signed and state is None:
        return {}
    if signed == "false" or state == "Unavailable":
        return {"dll.code_signature.exists": False}
    word = (state or "").lower()
    status = "trusted" if word == "valid" else "errorExpired" if word == "expired" else "errorCode_endpoint"
    return {
        "dll.code_signature.exists": True,
        "dll.code_signature.status": status if state else None,
        "dll.code_signature.trusted": word == "valid" if state else None,
        "dll.code_signature.subject_name": known(seen, "Signature"),
    }


def _connection(seen: Labelled) -> Row:
    direction = {"true": "egress", "false": "ingress"}.get(text(seen, "Initiated") or "")
    return {
        "network.transport": text(seen, "Protocol"),
        "network.direction": direction if seen.system == "windows" else None,
        "source.address": text(seen, "SourceIp"),
        "source.ip": text(seen, "SourceIp"),
        "source.port": number(seen, "SourcePort"),
        "destination.address": text(seen, "DestinationIp"),
        "destination.ip": text(seen, "DestinationIp"),
        "destination.port": number(seen, "DestinationPort"),
        "destination.domain": known(seen, "DestinationHostname") if seen.system == "macos" else None,
    }


def _registry(seen: Labelled) -> Row:
    path, details = text(seen, "TargetObject"), text(seen, "Details")
    hive, _, rest = (path or "").partition("\\")
    number_ = re.fullmatch(r"DWORD \((0x[0-9a-fA-F]{8})\)", details or "")
    return {
        "registry.path": path,
        "registry.hive": path and hive,
        "registry.key": rest.rpartition("\\")[0] or None,
        "registry.value": path and path.rpartition("\\")[2],
        "registry.data.strings": details and [str(int(number_[1], 16)) if number_ else details],
        "registry.data.type": details and ("REG_DWORD" if number_ else "REG_SZ"),
    }


def _hashes(seen: Labelled, of: str) -> Row:
    return {f"{of}.hash.{name}": digest.lower() for name, digest in seen.digests.items() if name != "imphash"}
