"""Defender XDR's Device tables as streamed to a workspace: a row's `Type` names its table.

Columns and types from the tables' pages (sentinel_schema.py); values from the raw records elastic/integrations keeps in
packages/m365_defender/data_stream/event/_dev/test/pipeline/test-device.log and the ActionType values there and in
Azure/Azure-Sentinel Parsers/ASimNetworkSession/Parsers/ASimNetworkSessionMicrosoft365Defender.yaml:
- FolderPath holds the file's name too; InitiatingProcessFolderPath is lower-cased, on macOS too; accounts and digests are
  lower case; IntegrityLevel is written `Medium`, Protocol `Tcp`.
- DNS of a process is DeviceEvents' DnsQueryResponse with AdditionalFields.DnsQueryString (Microsoft's own SC-200 lab and
  public hunting queries read it there); DNS seen by packet inspection is DeviceNetworkEvents' DnsConnectionInspected,
  with Zeek's names in AdditionalFields and no process. Lists in AdditionalFields are JSON in a text.
- a pipe is DeviceEvents' NamedPipeEvent, its name in AdditionalFields.PipeName below \\Device\\NamedPipe (rows printed in
  public hunting exercises); FileOperation beside it is not rendered.
- a verdict is DeviceEvents' AntivirusDetection (event 1116, by the portal's schema reference) with FolderPath, FileName,
  digests and AdditionalFields.ThreatName (Microsoft's sample query for unwanted applications reads these).
- hives are written in full, and CurrentControlSet is the set it points to (ControlSet001).
Inferred: the process's DNS event is Windows only; HKU is written HKEY_CURRENT_USER with the SID below it; DWORDs decimal;
FolderPath of a verdict and of Linux is written as elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from lab.render.siem.labelled import Event, Labelled, Row, account, answers, filled, known, number, read, text
from lab.render.words import file_name, zulu

NEVER: Final = {
    "proxy": "HttpConnectionInspected holds host, method, uri and agent of plain HTTP and of CONNECT, no cookies: not rendered",
    "firewall": "an endpoint sensor is no firewall log",
    "conn": "an endpoint sensor is no network sensor",
    "http": "an endpoint sensor is no network sensor",
    "security": "another agent's log",
    "windefend": "another channel: AntivirusDetection is made of its event 1116",
    "stream": "no event of a stream's digest",
    "server": "an endpoint sensor is no web server",
}
NEVER_ON_MACOS: Final = {"image", "registry", "dns_query"}
_NO_MODULE_VERSION: Final = "DeviceImageLoadEvents has version information of the loading process only"
_NO_SIGNATURE: Final = "signatures are in DeviceFileCertificateInfo, by SHA-1"
LOST: Final = {
    "process.FileVersion": "only ProcessVersionInfoProductVersion, the product's version: another number",
    "ProcessGuid": "processes are told by id and creation time",
    "ParentProcessGuid": "processes are told by id and creation time",
    "process.CurrentDirectory": "no such column",
    "image.FileVersion": _NO_MODULE_VERSION,
    "image.Product": _NO_MODULE_VERSION,
    "image.Company": _NO_MODULE_VERSION,
    "image.Description": _NO_MODULE_VERSION,
    "image.OriginalFileName": _NO_MODULE_VERSION,
    "image.Signed": _NO_SIGNATURE,
    "image.Signature": _NO_SIGNATURE,
    "image.SignatureStatus": _NO_SIGNATURE,
    "dns_query.QueryStatus": "a failed query has no event",
    "connection.SourceHostname": "LocalIP only",
    "connection.DestinationIsIpv6": "no such column",
}
HIVES: Final = {"HKLM": "HKEY_LOCAL_MACHINE", "HKU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT"}


def render(event: Event, logsource: str) -> Row | None:
    """Render a row of the Device table that holds the event, or None where none does."""
    seen = read(event, logsource)
    if seen.kind in NEVER or (seen.system == "macos" and seen.kind in NEVER_ON_MACOS):
        return None
    return filled(_frame(seen) | _OWN[seen.kind](seen))


def _frame(seen: Labelled) -> Row:
    return {"TimeGenerated": zulu(seen.time), "DeviceName": seen.host.lower(), "ReportId": seen.number}


def _process(seen: Labelled) -> Row:
    (domain, name), (by_domain, by_name) = account(seen, "User"), account(seen, "ParentUser")
    return {
        "Type": "DeviceProcessEvents",
        "ActionType": "ProcessCreated",
        **_file(text(seen, "Image")),
        **_hashes(seen),
        "ProcessId": number(seen, "ProcessId"),
        "ProcessCommandLine": text(seen, "CommandLine"),
        "ProcessIntegrityLevel": text(seen, "IntegrityLevel"),
        "ProcessVersionInfoCompanyName": text(seen, "Company"),
        "ProcessVersionInfoFileDescription": text(seen, "Description"),
        "ProcessVersionInfoOriginalFileName": text(seen, "OriginalFileName"),
        "ProcessVersionInfoProductName": text(seen, "Product"),
        "AccountDomain": domain and domain.lower(),
        "AccountName": name and name.lower(),
        **_program(seen, "ParentImage"),
        "LogonId": number(seen, "LogonId"),
        "InitiatingProcessAccountDomain": by_domain and by_domain.lower(),
        "InitiatingProcessAccountName": by_name and by_name.lower(),
        "InitiatingProcessCommandLine": text(seen, "ParentCommandLine"),
        "InitiatingProcessId": number(seen, "ParentProcessId"),
    }


def _image(seen: Labelled) -> Row:
    own = _file(text(seen, "ImageLoaded")) | _hashes(seen) | _by(seen)
    return own | {"Type": "DeviceImageLoadEvents", "ActionType": "ImageLoaded"}


def _file_event(seen: Labelled) -> Row:
    action = "FileCreated" if seen.kind == "file" else "FileDeleted"
    own = _file(text(seen, "TargetFilename")) | _hashes(seen) | _by(seen)
    return own | {"Type": "DeviceFileEvents", "ActionType": action}


def _by(seen: Labelled) -> Row:
    domain, name = account(seen, "User")
    return _program(seen, "Image") | {
        "InitiatingProcessId": number(seen, "ProcessId"),
        "InitiatingProcessCommandLine": text(seen, "CommandLine"),
        "InitiatingProcessAccountDomain": domain and domain.lower(),
        "InitiatingProcessAccountName": name and name.lower(),
    }


def _program(seen: Labelled, field: str) -> Row:
    path = text(seen, field)
    return {"InitiatingProcessFileName": path and file_name(path), "InitiatingProcessFolderPath": path and path.lower()}


def _file(path: str | None) -> Row:
    return {"FileName": path and file_name(path), "FolderPath": path}


def _hashes(seen: Labelled) -> Row:
    """Return MD5, SHA1 and SHA256 in lower case; the tables know no import hash."""
    return {name.upper(): digest.lower() for name, digest in seen.digests.items() if name != "imphash"}


def _connection(seen: Labelled) -> Row:
    """Turn source and destination into local and remote; an accepted connection's remote side is the source."""
    near, far = ("Destination", "Source") if text(seen, "Initiated") == "false" else ("Source", "Destination")
    transport = text(seen, "Protocol")
    return _by(seen) | {
        "Type": "DeviceNetworkEvents",
        "ActionType": "InboundConnectionAccepted" if far == "Source" else "ConnectionSuccess",
        "LocalIP": text(seen, f"{near}Ip"),
        "LocalPort": number(seen, f"{near}Port"),
        "RemoteIP": text(seen, f"{far}Ip"),
        "RemotePort": number(seen, f"{far}Port"),
        "RemoteUrl": known(seen, f"{far}Hostname"),
        "Protocol": transport and transport.capitalize(),
    }


def _query(seen: Labelled) -> Row:
    found = [one.removeprefix("::ffff:") for one in (known(seen, "QueryResults") or "").split(";") if one]
    told = {"DnsQueryString": text(seen, "QueryName"), "DnsQueryResult": json.dumps([{"Result": one} for one in found])}
    return _by(seen) | {
        "Type": "DeviceEvents",
        "ActionType": "DnsQueryResponse",
        "AdditionalFields": filled(told),
    }


def _pipe(seen: Labelled) -> Row:
    name = known(seen, "PipeName")
    return _by(seen) | {
        "Type": "DeviceEvents",
        "ActionType": "NamedPipeEvent",
        "AdditionalFields": filled({"PipeName": name and f"\\Device\\NamedPipe{name}"}),
    }


def _verdict(seen: Labelled) -> Row:
    own = _file(known(seen, "Filename")) | _hashes(seen)
    told = filled({"ThreatName": text(seen, "Signature")})
    return own | {"Type": "DeviceEvents", "ActionType": "AntivirusDetection", "AdditionalFields": told}


def _inspected(seen: Labelled) -> Row:
    asked = {name: text(seen, name) for name in ("query", "qtype_name", "rcode_name", "uid")}
    transport = text(seen, "proto")
    return {
        "Type": "DeviceNetworkEvents",
        "ActionType": "DnsConnectionInspected",
        "AdditionalFields": filled(asked | {"direction": "Out", "answers": json.dumps(answers(seen))}),
        "LocalIP": text(seen, "id.orig_h") or text(seen, "src_ip"),
        "LocalPort": number(seen, "id.orig_p"),
        "RemoteIP": text(seen, "id.resp_h") or text(seen, "dst_ip"),
        "RemotePort": number(seen, "id.resp_p") or 53,
        "Protocol": transport and transport.capitalize(),
    }


def _registry(seen: Labelled) -> Row:
    key, _, value = (text(seen, "TargetObject") or "").rpartition("\\")
    hive, slash, rest = key.partition("\\")
    kind = text(seen, "EventType") or "SetValue"
    whole = seen.category == "registry_add" or kind in {"CreateKey", "DeleteKey"}
    said = {"CreateKey": "RegistryKeyCreated", "DeleteKey": "RegistryKeyDeleted", "DeleteValue": "RegistryValueDeleted"}
    named = f"{HIVES.get(hive, hive)}{slash}{rest}".replace("\\CurrentControlSet", "\\ControlSet001")
    data, data_type = _data(text(seen, "Details"))
    return _by(seen) | {
        "Type": "DeviceRegistryEvents",
        "ActionType": said.get(kind, "RegistryValueSet"),
        "RegistryKey": f"{named}\\{value}" if whole else named,
        "RegistryValueName": None if whole else value,
        "RegistryValueData": data,
        "RegistryValueType": data_type,
    }


def _data(details: str | None) -> tuple[str | None, str | None]:
    if details is None:
        return None, None
    found = re.fullmatch(r"DWORD \((0x[0-9a-fA-F]{8})\)", details)
    return (str(int(found[1], 16)), "Dword") if found else (details, "String")


_OWN: Final[Mapping[str, Callable[[Labelled], Row]]] = {
    "process": _process,
    "image": _image,
    "file": _file_event,
    "delete": _file_event,
    "connection": _connection,
    "registry": _registry,
    "dns_query": _query,
    "pipe": _pipe,
    "antivirus": _verdict,
    "dns": _inspected,
}
