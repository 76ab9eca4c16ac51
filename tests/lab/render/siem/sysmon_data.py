"""Sysmon's event ids and the fields of each in the manifest's order, shared by the sources that carry Sysmon.

From the event descriptions at https://learn.microsoft.com/sysinternals/downloads/sysmon and the order of the fields in
the events published in splunk/security_content, data_sources/sysmon_eventid_*.yml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lab.render.siem.labelled import Labelled, spelt
from lab.render.words import spaced

IDS: Final = {
    "process_creation": 1,
    "network_connection": 3,
    "image_load": 7,
    "file_event": 11,
    "registry_add": 12,
    "registry_delete": 12,
    "registry_event": 13,
    "registry_set": 13,
    "registry_rename": 14,
    "dns_query": 22,
    "file_delete": 23,
    "create_stream_hash": 15,
    "pipe_created": 17,
}
NEVER: Final = {
    "macos": "Sysmon writes a Windows event log",
    "dns": "network telemetry without a process is not Sysmon's",
    "proxy": "Sysmon sees no requests",
    "firewall": "Sysmon is no firewall",
    "conn": "Sysmon is no network sensor",
    "http": "Sysmon is no network sensor",
    "security": "another channel",
    "windefend": "another channel",
    "antivirus": "Sysmon is no antivirus",
    "server": "Sysmon sees no requests",
    "linux": "Sysmon for Linux writes to syslog: not rendered",
}
ALSO: Final = {
    "file_delete": (23, 26),
    "registry_event": (12, 13, 14),
    "pipe_created": (17, 18),
}  # the event itself says which
HEADLINES: Final = {
    1: "Process Create:",
    3: "Network connection detected:",
    7: "Image loaded:",
    11: "File created:",
    12: "Registry object added or deleted:",
    13: "Registry value set:",
    14: "Registry object renamed:",
    15: "File stream created:",
    17: "Pipe Created:",
    18: "Pipe Connected:",
    22: "Dns query:",
    23: "File Delete archived:",
    26: "File Delete logged:",
}
_HEAD: Final = "RuleName UtcTime ProcessGuid ProcessId "
_VERSION: Final = "FileVersion Description Product Company OriginalFileName "
_REGISTRY: Final = "RuleName EventType UtcTime ProcessGuid ProcessId Image TargetObject "
_PIPE: Final = "RuleName EventType UtcTime ProcessGuid ProcessId PipeName Image User"
_FIELDS: Final = {
    1: _HEAD + "Image " + _VERSION + "CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId "
    "IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser",
    3: _HEAD + "Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName "
    "DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName",
    7: _HEAD + "Image ImageLoaded " + _VERSION + "Hashes Signed Signature SignatureStatus User",
    11: _HEAD + "Image TargetFilename CreationUtcTime User",
    12: _REGISTRY + "User",
    13: _REGISTRY + "Details User",
    14: _REGISTRY + "NewName User",
    15: _HEAD + "Image TargetFilename CreationUtcTime Hash Contents User",
    17: _PIPE,
    18: _PIPE,
    22: _HEAD + "QueryName QueryStatus QueryResults Image User",
    23: _HEAD + "User Image TargetFilename Hashes IsExecutable Archived",
    26: _HEAD + "User Image TargetFilename Hashes IsExecutable",
}


def sysmon_data(seen: Labelled) -> tuple[int, dict[str, str]] | None:
    """Return event id and data as text, in the manifest's order, or None for what Sysmon does not see."""
    if seen.system != "windows" or seen.category not in IDS:
        return None
    event_id = _id(seen)
    told = dict(seen.says) | {"UtcTime": seen.says.get("UtcTime", spaced(seen.time))}
    if seen.digests and not told.keys() & {"Hashes", "Hash"}:
        told["Hashes"] = ",".join(f"{name.upper()}={digest.upper()}" for name, digest in seen.digests.items())
    return event_id, {name: spelt(told[name]) for name in _FIELDS[event_id].split() if name in told}


def rendered(event_id: int, data: Mapping[str, str]) -> str:
    """Return the message as the event viewer shows it."""
    return "\n".join([HEADLINES[event_id], *(f"{name}: {value}" for name, value in data.items())])


def _id(seen: Labelled) -> int:
    told = seen.says.get("EventID")
    return told if isinstance(told, int) and told in ALSO.get(seen.category, ()) else IDS[seen.category]
