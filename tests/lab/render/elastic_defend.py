"""Elastic Defend's events as exported from Elasticsearch: nested ECS, Windows and macOS."""

from __future__ import annotations

import shlex

from lab.events import (
    Connection,
    DnsQuery,
    Event,
    FileCreate,
    FileDelete,
    Host,
    ImageLoad,
    Process,
    ProcessStart,
    Program,
)
from lab.hosts import COMPANY
from lab.render.words import Record, file_name, tag, zulu


def elastic(event: Event, *, number: int) -> Record | None:
    """Render an event, or return None for what Defend does not see; on macOS it sees no names asked for."""
    seen: tuple[str, str, str, Record] | None = None
    match event:
        case ProcessStart():
            process = _process(event.process, event.host) | {"parent": _parent(event.parent)}
            seen = "process", "start", "start", {"process": process}
        case ImageLoad():
            seen = "library", "start", "load", _by(event.process) | {"dll": _dll(event.module)}
        case FileCreate():
            seen = "file", "creation", "creation", _by(event.process) | {"file": _file(event.path)}
        case FileDelete():
            seen = "file", "deletion", "deletion", _by(event.process) | {"file": _file(event.path)}
        case Connection():
            seen = "network", "start", "connection_attempted", _by(event.process) | _ends(event)
        case DnsQuery() if event.host.system == "windows":
            asked: Record = {"dns": {"question": {"name": event.name, "type": "A"}}, "network": {"protocol": "dns"}}
            seen = "network", "protocol", "lookup_requested", _by(event.process) | asked
    if seen is None:
        return None
    category, kind, action, own = seen
    return _frame(event, category, kind, action, number=number) | own


def _frame(event: Event, category: str, kind: str, action: str, *, number: int) -> Record:
    host = event.host
    family = "windows" if host.system == "windows" else "macos"
    return {
        "@timestamp": zulu(event.time),
        "agent": {"id": f"{tag(host):08x}-0000-4000-8000-000000000000", "type": "endpoint", "version": "8.6.2"},
        "data_stream": {"dataset": f"endpoint.events.{category}", "namespace": "default", "type": "logs"},
        "ecs": {"version": "1.11.0"},
        "event": {
            "action": action,
            "category": [category],
            "created": zulu(event.time),
            "dataset": f"endpoint.events.{category}",
            "id": f"N{tag(host):08x}+{number:08d}",
            "kind": "event",
            "module": "endpoint",
            "type": [kind],
        },
        "host": {
            "hostname": host.name,
            "ip": [host.address, "127.0.0.1"],
            "name": f"{host.name.lower()}.{COMPANY}",
            "os": {"family": family, "type": family, "platform": family},
        },
        "user": {"name": host.user},
    }


def _by(process: Process) -> Record:
    return {
        "process": {
            "entity_id": _entity(process),
            "executable": process.program.path,
            "name": file_name(process.program.path),
            "pid": process.pid,
            "code_signature": _signature(process.program),
        }
    }


def _process(process: Process, host: Host) -> Record:
    program = process.program
    record: Record = {
        "args": _args(process.command),
        "code_signature": _signature(program),
        "command_line": process.command,
        "entity_id": _entity(process),
        "executable": program.path,
        "hash": _hashes(program),
        "name": file_name(program.path),
        "pid": process.pid,
    }
    if host.system == "windows":
        record["pe"] = {"file_version": program.version, "original_file_name": file_name(program.path)}
    return record


def _parent(process: Process) -> Record:
    return {
        "args": _args(process.command),
        "command_line": process.command,
        "entity_id": _entity(process),
        "executable": process.program.path,
        "name": file_name(process.program.path),
        "pid": process.pid,
    }


def _dll(module: Program) -> Record:
    return {
        "code_signature": _signature(module),
        "hash": _hashes(module),
        "name": file_name(module.path),
        "path": module.path,
        "pe": {"file_version": module.version, "original_file_name": file_name(module.path)},
    }


def _file(path: str) -> Record:
    name = file_name(path)
    return {"name": name, "path": path, "extension": name.rpartition(".")[2] if "." in name[1:] else ""}


def _ends(event: Connection) -> Record:
    return {
        "destination": {"address": event.address, "ip": event.address, "port": event.port},
        "source": {"address": event.host.address, "ip": event.host.address, "port": 50_000 + event.process.pid % 9999},
        "network": {"direction": "egress", "transport": "tcp", "type": "ipv4"},
    }


def _signature(program: Program) -> Record:
    if program.status != "Valid":
        return {"exists": False}
    known: Record = {"exists": True, "status": "trusted", "subject_name": program.signer, "trusted": True}
    if program.signing_id:
        known |= {"signing_id": program.signing_id, "team_id": program.team}
    return known


def _hashes(program: Program) -> Record:
    hashes = program.hashes
    known = (("md5", hashes.md5), ("sha1", hashes.sha1), ("sha256", hashes.sha256))
    return {name: value for name, value in known if value}


def _entity(process: Process) -> str:
    return f"E{process.pid:06d}"


def _args(command: str) -> list[str]:
    return [word.strip('"') for word in shlex.split(command, posix=False)]
