"""The company's logs on disk, as its sensors export them: one folder a source, one file a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import orjson

from lab.benign.canonical import CATEGORIES
from lab.benign.happen import Happening, Logged, Seen
from lab.events import DnsQuery, WebRequest
from lab.render.defender_xdr import defender
from lab.render.elastic_defend import elastic
from lab.render.proxy import proxy
from lab.render.sysmon import CHANNEL
from lab.render.sysmon_flat import nxlog
from lab.render.windows_security_flat import security
from lab.render.words import Record, spaced, zulu
from lab.render.zeek_dns import zeek_dns

RENDER: Final[Mapping[str, Callable[..., Record | None]]] = {
    "sysmon-nxlog": nxlog,
    "defender-xdr": defender,
    "elastic-defend": elastic,
    "security": security,
    "proxy": proxy,
    "zeek": zeek_dns,
}
SCOPES: Final = {
    "sysmon-nxlog": "sysmon",
    "defender-xdr": "defender-xdr",
    "elastic-defend": "elastic-defend",
    "security": "windows-security",
    "proxy": "proxy",
    "zeek": "zeek-dns",
}
SYSMON_IDS: Final = {
    "windows/registry_set/*": 13,
    "windows/create_stream_hash/*": 15,
    "windows/pipe_created/*": 17,
}
CHANNELS: Final = frozenset({"windows/*/application", "windows/*/security", "windows/*/windefend"})
UNEXPORTED: Final = {
    "windows/file_access/*": "kernel file tracing, which no source of the archive reads",
    "*/antivirus/*": "no source of the archive reads scanners' own logs",
    "*/webserver/*": "no source of the archive reads web servers' logs",
    "linux/file_event/*": "the lab has no Linux sensor",
}


@dataclass(frozen=True, slots=True)
class Exported:
    rows: int
    counts: Counter[tuple[str, str]]  # by the scope and each log source an archive must count a row under


def export(events: Iterable[Seen], out: Path) -> Exported:
    """Write every event to each log that sees it, below `out`; return what was written."""
    counts: Counter[tuple[str, str]] = Counter()
    numbers: Counter[str] = Counter()
    files: dict[tuple[str, int], IO[bytes]] = {}
    rows = 0
    with ExitStack() as opened:
        for seen in events:
            for source, logsources, record in _records(seen.event, numbers):
                key = source, seen.event.time.year
                if key not in files:
                    files[key] = opened.enter_context(_file(out, *key))
                files[key].write(orjson.dumps(record) + b"\n")
                counts.update((SCOPES[source], logsource) for logsource in logsources)
                rows += 1
    return Exported(rows, counts)


def _file(out: Path, source: str, year: int) -> IO[bytes]:
    (out / source).mkdir(parents=True, exist_ok=True)
    return (out / source / f"{year}.ndjson").open("wb")


def _records(event: Happening, numbers: Counter[str]) -> Iterator[tuple[str, tuple[str, ...], Record]]:
    """Yield an event's records, each with its source and the log sources it belongs to."""
    if isinstance(event, Logged):
        yield from _logged(event)
        return
    for source in _sources(event):
        record = RENDER[source](event, number=numbers[source] + 1)
        if record is not None:
            numbers[source] += 1
            yield source, _logsources(event, source), record


def _sources(event: Happening) -> Iterator[str]:
    assert not isinstance(event, Logged)
    if isinstance(event, WebRequest):
        yield "proxy"
        return
    yield from event.host.sensors
    if isinstance(event, DnsQuery):
        yield "zeek"


def _logsources(event: Happening, source: str) -> tuple[str, ...]:
    if source in ("proxy", "zeek"):
        return ("*/proxy/*",) if source == "proxy" else ("*/dns/*",)
    assert not isinstance(event, Logged | WebRequest)
    kind = f"{event.host.system}/{CATEGORIES[type(event)]}/*"
    return (kind, "windows/*/security") if source == "security" else (kind,)


def _logged(event: Logged) -> Iterator[tuple[str, tuple[str, ...], Record]]:
    if event.logsource in SYSMON_IDS:
        frame: Record = {"Channel": CHANNEL, "EventID": SYSMON_IDS[event.logsource], "UtcTime": spaced(event.time)}
        yield "sysmon-nxlog", (event.logsource,), _flat(event) | frame
    elif event.logsource in CHANNELS:
        yield "security", (event.logsource,), _flat(event) | {"EventID": int(event.fields["EventID"])}


def _flat(event: Logged) -> Record:
    return {"@timestamp": zulu(event.time), "Hostname": event.host, **event.fields}
