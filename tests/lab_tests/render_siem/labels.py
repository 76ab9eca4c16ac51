"""Labelled events for the laws of the renderers: the pack's own, and one a kind with every field told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

PACK: Final = Path(__file__).parents[3] / "detections" / "3cx-2023"
UNRENDERED: Final = frozenset({"windows/file_access/*", "windows/*/application"})
"""Log sources of the pack that no renderer writes: the first is in no store of a SIEM, the second has no query."""
MD5, SHA1, SHA256, IMPHASH = "a1" * 16, "b2" * 20, "c3" * 32, "d4" * 16
HASHES: Final = f"MD5={MD5.upper()},SHA1={SHA1.upper()},SHA256={SHA256.upper()},IMPHASH={IMPHASH.upper()}"
HEAD: Final[dict[str, object]] = {
    "@timestamp": "2023-03-21T05:54:54.412Z",
    "UtcTime": "2023-03-21 05:54:54.398",
    "Hostname": "ws-041.example.org",
    "User": "LARKSPUR\\b.lindqvist",
    "Image": "C:\\Apps\\Image1\\runs.exe",
    "ProcessId": 4711,
    "ProcessGuid": "{0c1e0330-048f-60e8-0b00-00000000d001}",
}


@dataclass(frozen=True, slots=True)
class Label:
    logsource: str
    event: Mapping[str, object]


@cache
def pack_events() -> tuple[Label, ...]:
    """Return every labelled event of the pack that the lab can render, with its rule's log source."""
    sources = {file.stem: _logsource(file) for file in sorted(PACK.glob("rules/*/*.yml"))}
    files = [file for file in sorted(PACK.glob("events/*/*.ndjson")) if sources[file.parent.name] not in UNRENDERED]
    return tuple(Label(sources[file.parent.name], json.loads(line)) for file in files for line in _lines(file))


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _logsource(file: Path) -> str:
    told = yaml.safe_load(file.read_text(encoding="utf-8"))["logsource"]
    return "/".join(told.get(part, "*") for part in ("product", "category", "service"))


PROCESS: Final = Label(
    "windows/process_creation/*",
    HEAD
    | {
        "CommandLine": '"runs.exe" --command2',
        "CurrentDirectory": "C:\\Current3\\",
        "Hashes": HASHES,
        "FileVersion": "18.12.407.4",
        "Product": "Product5",
        "Company": "Company6",
        "Description": "Description7",
        "OriginalFileName": "original8.exe",
        "IntegrityLevel": "High",
        "LogonId": "0x3e7f1",
        "ParentImage": "C:\\Apps\\Parent9\\starts.exe",
        "ParentCommandLine": "starts.exe --command10",
        "ParentProcessId": 4713,
        "ParentProcessGuid": "{0c1e0330-048f-60e8-0c00-00000000d002}",
        "ParentUser": "LARKSPUR\\p.eleven",
    },
)
IMAGE: Final = Label(
    "windows/image_load/*",
    HEAD
    | {
        "ImageLoaded": "C:\\Apps\\Module2\\loaded.dll",
        "Hashes": HASHES,
        "FileVersion": "18.12.407.4",
        "Product": "Product5",
        "Company": "Company6",
        "Description": "Description7",
        "OriginalFileName": "original8.dll",
        "Signed": "true",
        "Signature": "Signer9",
        "SignatureStatus": "Valid",
    },
)
CONNECTION: Final = Label(
    "windows/network_connection/*",
    HEAD
    | {
        "Protocol": "tcp",
        "Initiated": "true",
        "SourceIp": "10.20.4.41",
        "SourcePort": 50123,
        "SourceHostname": "ws-041.larkspur.example",
        "DestinationIp": "198.51.100.7",
        "DestinationPort": 8443,
        "DestinationHostname": "www.pbxsources.com",
    },
)
FILE: Final = Label("windows/file_event/*", HEAD | {"TargetFilename": "C:\\Files2\\made.ico"})
DELETE: Final = Label("windows/file_delete/*", HEAD | {"TargetFilename": "C:\\Files2\\made.ico", "Hashes": HASHES})
REGISTRY: Final = Label(
    "windows/registry_set/*",
    HEAD | {"TargetObject": "HKLM\\Software\\Key2\\Value3", "Details": "Details4", "EventType": "SetValue"},
)
QUERY: Final = Label(
    "windows/dns_query/*",
    HEAD | {"QueryName": "www.msedgepackageinfo.com", "QueryStatus": "0", "QueryResults": "::ffff:198.51.100.7;"},
)
DNS: Final = Label(
    "*/dns/*",
    {
        "ts": 1679358894.412,
        "uid": "CwTLJM1KZJrqZJ7Aa",
        "id.orig_h": "10.20.4.41",
        "id.orig_p": 50123,
        "id.resp_h": "10.20.0.53",
        "id.resp_p": 53,
        "proto": "udp",
        "query": "www.msedgepackageinfo.com",
        "qtype_name": "AAAA",
        "rcode_name": "NOERROR",
        "answers": ["2001:db8::7"],
    },
)
PROXY: Final = Label(
    "*/proxy/*",
    {
        "@timestamp": "2023-03-21T10:14:38Z",
        "c-ip": "10.20.4.41",
        "cs-method": "POST",
        "cs-host": "www.pbxsources.com",
        "c-uri": "/exchange?q=2",
        "c-useragent": "Agent3/1.0",
        "cs-cookie": "__tutma=4",
        "sc-status": 201,
    },
)
STREAM: Final = Label(
    "windows/create_stream_hash/*",
    HEAD
    | {
        "TargetFilename": "C:\\Files2\\made.msi:Zone.Identifier",
        "Hash": HASHES,
        "Contents": "[ZoneTransfer]  ZoneId=3",
    },
)
PIPE: Final = Label(
    "windows/pipe_created/*", HEAD | {"EventID": 18, "EventType": "ConnectPipe", "PipeName": "\\pipe2.of.a.kind"}
)
TASK: Final = Label(
    "windows/*/security",
    {
        "@timestamp": "2022-12-14T15:30:30.130Z",
        "EventID": 4698,
        "Hostname": "ws-041.example.org",
        "SubjectUserName": "b.lindqvist",
        "SubjectDomainName": "LARKSPUR",
        "TaskName": "\\Task2",
        "TaskContent": "<Task><Exec><Command>C:\\Apps\\a&b.exe</Command></Exec></Task>",
    },
)
ACCESS: Final = Label(
    "windows/*/security",
    {
        "@timestamp": "2023-03-22T11:26:14.478Z",
        "EventID": 4663,
        "Hostname": "ws-041.example.org",
        "ObjectServer": "Security",
        "ObjectType": "File",
        "ObjectName": "C:\\Files2\\History",
        "ProcessName": "C:\\Apps\\Image1\\runs.exe",
        "AccessMask": "0x1",
    },
)
DETECTED: Final = Label(
    "windows/*/windefend",
    {
        "@timestamp": "2023-03-29T13:49:01.147Z",
        "EventID": 1117,
        "Hostname": "ws-041.example.org",
        "ThreatName": "Trojan:Win64/Threat2",
        "Path": "file:_C:\\Files2\\made.dll",
        "ProcessName": "C:\\Apps\\Image1\\runs.exe",
        "SourceName": "Source3",
    },
)
CONFIGURED: Final = Label(
    "windows/*/windefend",
    {
        "@timestamp": "2023-03-24T08:08:32.644Z",
        "EventID": 5007,
        "Hostname": "ws-041.example.org",
        "OldValue": "HKLM\\Key2 = 0x1",
        "NewValue": "HKLM\\Key3 = 0x0",
    },
)
VERDICT: Final = Label(
    "*/antivirus/*",
    {
        "@timestamp": "2023-03-29T07:47:23.301Z",
        "Hostname": "ws-041.example.org",
        "Signature": "Trojan:Win64/Threat2",
        "Filename": "C:\\Files2\\made.dll",
    },
)
SERVED: Final = Label(
    "*/webserver/*",
    {
        "@timestamp": "2023-03-20T09:10:01.503Z",
        "c-ip": "10.20.3.41",
        "cs-method": "GET",
        "cs-uri-stem": "/path2/made.msi",
        "cs-uri-query": "q=3",
        "c-useragent": "Agent4/1.0",
        "sc-status": 206,
    },
)
ON_LINUX: Final = Label(
    "linux/file_event/*",
    {
        "@timestamp": "2023-03-20T10:11:01.504Z",
        "Hostname": "pbx-01.example.org",
        "User": "phonesystem",
        "Image": "/usr/sbin/Runs1",
        "TargetFilename": "/var/lib/Files2/made.msi",
        "Hashes": HASHES,
    },
)
ON_MACOS: Final = Label("macos/network_connection/*", CONNECTION.event)
TOLD_APART: Final = (
    *(PROCESS, IMAGE, CONNECTION, FILE, DELETE, REGISTRY, QUERY, DNS, PROXY),
    *(STREAM, PIPE, TASK, ACCESS, DETECTED, CONFIGURED, VERDICT, SERVED, ON_LINUX, ON_MACOS),
)
