"""Sysmon in Elasticsearch by Winlogbeat's Sysmon module (`winlogbeat`) and by Elastic Agent (`agent`): flat, dotted names.

Written from the two ingest pipelines, which do the same: elastic/beats x-pack/winlogbeat/module/sysmon/ingest/sysmon.yml
with its test/testdata/ingest/*.golden.json, and elastic/integrations packages/windows/data_stream/sysmon_operational/
elasticsearch/ingest_pipeline/default.yml. They differ in event.module, event.dataset, data_stream.* and the agent.

What the pipelines do to winlog.event_data:
- "", "-" and the empty GUID are removed before anything else;
- renamed away: Image, PipeName, CommandLine, CurrentDirectory, OriginalFileName, ParentImage, ParentCommandLine, ProcessGuid,
  ParentProcessGuid, TargetFilename, ImageLoaded, QueryName, Protocol, SourceHostname, DestinationHostname, RuleName;
- read and removed: Hashes (Hash of event 15 too), User, Initiated, ProcessId, ParentProcessId, SourceIp, SourcePort,
  DestinationIp, DestinationPort, *PortName, *IsIpv6, QueryStatus, QueryResults, Archived, IsExecutable, TargetObject, UtcTime;
- copied and kept: Company, Description, FileVersion, Product, Signature, SignatureStatus; kept: Signed, IntegrityLevel,
  ParentUser, LogonId, Details, EventType, CreationUtcTime, Contents.
Digests are lower-cased; of event 7, 15 and 26 they are the file's, of 1 and 23 the process's (so the pipeline has it for
deleted files too). file.code_signature.signed is never set: the pipeline compares text with a boolean.
Not rendered: parts of a registered domain, community ids, related.* beyond digests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from lab.render.siem.command_line import arguments
from lab.render.siem.elastic_document import document
from lab.render.siem.labelled import Event, Labelled, Row, filled, read
from lab.render.siem.sysmon_data import rendered, sysmon_data
from lab.render.sysmon import CHANNEL, GUID, PROVIDER
from lab.render.words import file_name

NOTHING: Final = {"", "-", "{00000000-0000-0000-0000-000000000000}"}
LOST: Final[Mapping[str, str]] = {
    "connection.DestinationIsIpv6": "removed; network.type comes from SourceIsIpv6",
}
ACTIONS: Final = {
    1: ("Process creation", ["process"], ["start"]),
    3: ("Network connection", ["network"], ["start", "connection", "protocol"]),
    7: ("Image loaded", ["process"], ["change"]),
    11: ("FileCreate", ["file"], ["creation"]),
    12: ("RegistryEvent (Object create and delete)", ["configuration", "registry"], ["change"]),
    13: ("RegistryEvent (Value Set)", ["configuration", "registry"], ["change"]),
    14: ("RegistryEvent (Key and Value Rename)", ["configuration", "registry"], ["change"]),
    15: ("FileCreateStreamHash", ["file"], ["access"]),
    17: ("PipeEvent (Pipe Created)", ["file"], ["creation"]),
    18: ("PipeEvent (Pipe Connected)", ["file"], ["access"]),
    22: ("DNSEvent (DNS query)", ["network"], ["connection", "protocol", "info"]),
    23: ("FileDelete (File Delete archived)", ["file"], ["deletion"]),
    26: ("FileDeleteDetected (File Delete logged)", ["file"], ["deletion"]),
}
KEPT: Final = (
    "Company Description FileVersion Product Signature SignatureStatus Signed IntegrityLevel ParentUser LogonId "
    "LogonGuid TerminalSessionId Details EventType CreationUtcTime NewName Contents"
)
STATUS: Final = {"0": "SUCCESS", "1460": "ERROR_TIMEOUT", "9003": "DNS_ERROR_RCODE_NAME_ERROR"}
HIVES: Final = {"HKLM", "HKU", "HKCU", "HKCR", "HKCC"}


def winlogbeat(event: Event, logsource: str) -> Row | None:
    """Render a document of winlogbeat-*, or None for what Sysmon does not see."""
    return _document(event, logsource, {"agent.type": "winlogbeat", "event.module": "sysmon"})


def agent(event: Event, logsource: str) -> Row | None:
    """Render a document of logs-windows.sysmon_operational-*, or None for what Sysmon does not see."""
    dataset = "windows.sysmon_operational"
    place = {"data_stream.dataset": dataset, "data_stream.type": "logs", "data_stream.namespace": "default"}
    return _document(
        event, logsource, place | {"agent.type": "filebeat", "event.module": "windows", "event.dataset": dataset}
    )


def _document(event: Event, logsource: str, place: Mapping[str, str]) -> Row | None:
    seen = read(event, logsource)
    found = sysmon_data(seen)
    if found is None:
        return None
    event_id, whole = found
    data = {name: value for name, value in whole.items() if value not in NOTHING}
    own = _common(data) | _OWN[event_id](seen, data)
    kept = {f"winlog.event_data.{name}": data.get(name) for name in KEPT.split()}
    return _frame(seen, event_id, rendered(event_id, whole)) | dict(place) | filled(own | kept)


def _frame(seen: Labelled, event_id: int, message: str) -> Row:
    action, category, kind = ACTIONS[event_id]
    return document(seen) | {
        "event.action": action,
        "event.category": category,
        "event.code": str(event_id),
        "event.provider": PROVIDER,
        "event.type": kind,
        "host.name": seen.host,
        "log.level": "information",
        "message": message,
        "user.id": "S-1-5-18",
        "winlog.channel": CHANNEL,
        "winlog.computer_name": seen.host,
        "winlog.event_id": str(event_id),
        "winlog.provider_guid": GUID.upper(),
        "winlog.provider_name": PROVIDER,
        "winlog.record_id": str(seen.number),
    }


def _common(data: Mapping[str, str]) -> Row:
    image, account = data.get("Image"), data.get("User", "").split("\\")
    return {
        "process.entity_id": data.get("ProcessGuid"),
        "process.pid": _whole(data.get("ProcessId")),
        "process.executable": image,
        "process.name": image and file_name(image),
        "user.domain": account[0] if len(account) == 2 else None,
        "user.name": account[1] if len(account) == 2 else None,
        "rule.name": data.get("RuleName"),
    }


def _process(seen: Labelled, data: Mapping[str, str]) -> Row:
    parent, command, by = data.get("ParentImage"), data.get("CommandLine"), data.get("ParentCommandLine")
    return {
        "process.command_line": command,
        "process.args": command and arguments(command),
        "process.args_count": command and len(arguments(command)),
        "process.working_directory": data.get("CurrentDirectory"),
        "process.parent.executable": parent,
        "process.parent.name": parent and file_name(parent),
        "process.parent.command_line": by,
        "process.parent.args": by and arguments(by),
        "process.parent.entity_id": data.get("ParentProcessGuid"),
        "process.parent.pid": _whole(data.get("ParentProcessId")),
        **_hashes(seen, "process"),
        **_version(data, "process"),
    }


def _connection(_seen: Labelled, data: Mapping[str, str]) -> Row:
    return {
        "network.transport": data.get("Protocol"),
        "network.protocol": data.get("DestinationPortName") or data.get("SourcePortName"),
        "network.direction": {"true": "egress", "false": "ingress"}.get(data.get("Initiated", "")),
        "network.type": {"true": "ipv6", "false": "ipv4"}.get(data.get("SourceIsIpv6", "")),
        "source.ip": data.get("SourceIp"),
        "source.domain": data.get("SourceHostname"),
        "source.port": _whole(data.get("SourcePort")),
        "destination.ip": data.get("DestinationIp"),
        "destination.domain": data.get("DestinationHostname"),
        "destination.port": _whole(data.get("DestinationPort")),
    }


def _image(seen: Labelled, data: Mapping[str, str]) -> Row:
    return {
        **_file_names(data.get("ImageLoaded")),
        **_hashes(seen, "file"),
        **_version(data, "file"),
        "file.code_signature.subject_name": data.get("Signature"),
        "file.code_signature.status": data.get("SignatureStatus"),
        "file.code_signature.valid": True if data.get("SignatureStatus") == "Valid" else None,
    }


def _created(_seen: Labelled, data: Mapping[str, str]) -> Row:
    return _file_names(data.get("TargetFilename"))


def _stream(seen: Labelled, data: Mapping[str, str]) -> Row:
    return _file_names(data.get("TargetFilename")) | _hashes(seen, "file")


def _pipe(_seen: Labelled, data: Mapping[str, str]) -> Row:
    """A pipe has a name and no path: the pipeline takes nothing apart."""
    return {"file.name": data.get("PipeName")}


def _archived(seen: Labelled, data: Mapping[str, str]) -> Row:
    """A deleted file's digests stand under process.hash: the pipeline lists event 23 there."""
    return _file_names(data.get("TargetFilename")) | _hashes(seen, "process") | _deleted(data)


def _logged(seen: Labelled, data: Mapping[str, str]) -> Row:
    return _file_names(data.get("TargetFilename")) | _hashes(seen, "file") | _deleted(data)


def _deleted(data: Mapping[str, str]) -> Row:
    spoken = {"true": True, "false": False}
    return {
        "sysmon.file.is_executable": spoken.get(data.get("IsExecutable", "")),
        "sysmon.file.archived": spoken.get(data.get("Archived", "")),
    }


def _query(_seen: Labelled, data: Mapping[str, str]) -> Row:
    found = [_answer(one) for one in data.get("QueryResults", "").split(";") if one]
    ips = [value for kind, value in found if kind == "A" or ":" in value]
    code = data.get("QueryStatus")
    return {
        "network.protocol": "dns",
        "dns.question.name": data.get("QueryName"),
        "dns.answers.data": [value for _, value in found] or None,
        "dns.answers.type": [kind for kind, _ in found] or None,
        "dns.resolved_ip": ips or None,
        "sysmon.dns.status": code and STATUS.get(code, code),
    }


def _answer(one: str) -> tuple[str, str]:
    """Read `type:  5 name` or an address; an IPv4 address loses its ::ffff: prefix."""
    if typed := re.fullmatch(r"type:\s+(\d+)\s+(\S+)", one):
        return {"1": "A", "5": "CNAME", "28": "AAAA"}.get(typed[1], typed[1]), typed[2]
    ip = one.removeprefix("::ffff:") if "." in one else one
    return ("AAAA" if ":" in ip else "A"), ip


def _registry(_seen: Labelled, data: Mapping[str, str]) -> Row:
    path, details = data.get("TargetObject"), data.get("Details")
    if path is None:
        return {}
    hive, _, key = path.partition("\\")
    return {
        "registry.path": path,
        "registry.hive": hive if hive in HIVES else None,
        "registry.key": key if hive in HIVES and key else None,
        "registry.value": path.rpartition("\\")[2],
        "registry.data.strings": details and [_number(details) or details],
        "registry.data.type": details and _type(details),
    }


def _number(details: str) -> str | None:
    found = re.fullmatch(r"DWORD \((0x[0-9a-fA-F]{8})\)", details)
    return str(int(found[1], 16)) if found else None


def _type(details: str) -> str:
    return "SZ_DWORD" if _number(details) else "REG_BINARY" if details == "Binary Data" else "REG_SZ"


def _hashes(seen: Labelled, of: str) -> Row:
    lower = {name: digest.lower() for name, digest in seen.digests.items() if digest.strip("0")}
    row: Row = {f"{of}.hash.{name}": digest for name, digest in lower.items() if name != "imphash"}
    return row | {f"{of}.pe.imphash": lower.get("imphash"), "related.hash": list(lower.values()) or None}


def _version(data: Mapping[str, str], of: str) -> Row:
    return {
        f"{of}.pe.company": data.get("Company"),
        f"{of}.pe.description": data.get("Description"),
        f"{of}.pe.file_version": data.get("FileVersion"),
        f"{of}.pe.product": data.get("Product"),
        f"{of}.pe.original_file_name": data.get("OriginalFileName"),
    }


def _file_names(path: str | None) -> Row:
    if path is None:
        return {}
    folder, slash, name = path.rpartition("\\")
    known: Row = {"file.path": path, "file.extension": path.rpartition(".")[2] if "." in path else None}
    return known | ({"file.directory": folder, "file.name": name} if slash else {})


def _whole(value: str | None) -> int | None:
    return None if value is None else int(value)


_OWN: Final[Mapping[int, Callable[[Labelled, Mapping[str, str]], Row]]] = {
    1: _process,
    3: _connection,
    7: _image,
    11: _created,
    12: _registry,
    13: _registry,
    14: _registry,
    15: _stream,
    17: _pipe,
    18: _pipe,
    22: _query,
    23: _archived,
    26: _logged,
}
