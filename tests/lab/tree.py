"""The estate's logs on disk: one folder a source, one file a month, in every packing an archive meets."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import orjson
import zstandard

from lab.events import Event, Mark, Scene
from lab.render.defender_xdr import defender
from lab.render.elastic_defend import elastic
from lab.render.evtx import evtx
from lab.render.proxy import proxy
from lab.render.sysmon_flat import beats, nxlog, without_module_hashes
from lab.render.windows_security_flat import security
from lab.render.words import Record
from lab.render.zeek_dns import zeek_dns
from lab.sensors import Holds, everything, sensors
from lab.truth import Sighting, shown_to

RENDER: Mapping[str, Callable[..., Record | None]] = {
    "sysmon-beats": lambda event, *, number: without_module_hashes(beats(event, number=number)),
    "sysmon-nxlog": lambda event, *, number: without_module_hashes(nxlog(event, number=number)),
    "security": security,
    "elastic-defend": elastic,
    "defender-xdr": defender,
    "proxy": proxy,
    "zeek": zeek_dns,
}
PLACE: Mapping[str, str] = {
    "sysmon-beats": "windows/sysmon-beats/{}.ndjson.gz",
    "sysmon-nxlog": "windows/sysmon-nxlog/{}.ndjson.zst",
    "sysmon-evtx": "windows/sysmon-evtx/{}.evtx",
    "security": "windows/security/{}.ndjson",
    "elastic-defend": "endpoint/elastic-defend/{}.ndjson.gz",
    "defender-xdr": "endpoint/defender-xdr/{}.ndjson.gz",
    "proxy": "network/proxy/{}.ndjson.zst",
    "zeek": "network/zeek/dns-{}.ndjson.gz",
}
TABLES = ("network/proxy/2023-03.ndjson.zst",)  # kept as Parquet instead
TABLE_COLUMNS: Mapping[str, str] = {
    "@timestamp": "TIMESTAMPTZ",
    "c-ip": "VARCHAR",
    "cs-username": "VARCHAR",
    "cs-method": "VARCHAR",
    "cs-host": "VARCHAR",
    "c-uri": "VARCHAR",
    "cs-cookie": "VARCHAR",
    "c-useragent": "VARCHAR",
    "sc-status": "BIGINT",
}
TRUNCATED = "network/zeek/dns-2023-05.ndjson.gz"  # ends in the middle, as after a broken copy


@dataclass(slots=True)
class _Shelf:
    """One file while it fills."""

    events: list[Event] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)


def write_tree(scenes: Sequence[Scene], out: Path, *, holds: Holds = everything) -> tuple[Sighting, ...]:
    """Write every log of the scenes, which come by time, under `out`; return where the marked events lie.

    `holds` says which events the files of a source hold.
    """
    shelves: dict[str, _Shelf] = {}
    counts: dict[str, int] = {}
    seen: list[Sighting] = []
    for scene in scenes:
        for source in (one for one in sensors(scene.event) if holds(scene.event, one)):
            number = counts.get(source, 0) + 1
            place = _shelved(scene.event, source, number, shelves)
            if place is not None:
                counts[source] = number
                seen += _sighted(scene.event, scene.mark, source, place)
    for file, shelf in shelves.items():
        _write(out / file, shelf, as_table=file in TABLES, cut=file == TRUNCATED)
    return tuple(sorted(seen, key=lambda one: (one.file, one.line)))


def _shelved(event: Event, source: str, number: int, shelves: dict[str, _Shelf]) -> tuple[str, int] | None:
    """Put an event in its file; return the file and the line, or None where the source does not see it."""
    if source == "sysmon-evtx":
        file = PLACE[source].format(event.host.name)
        shelf = shelves.setdefault(file, _Shelf())
        shelf.events.append(event)
        return file, len(shelf.events)
    record = RENDER[source](event, number=number)
    if record is None:
        return None
    file = PLACE[source].format(f"{event.time:%Y-%m}")
    shelf = shelves.setdefault(file, _Shelf())
    shelf.lines.append(orjson.dumps(record))
    return file, len(shelf.lines)


def _sighted(event: Event, mark: Mark | None, source: str, place: tuple[str, int]) -> Iterable[Sighting]:
    if mark is None:
        return ()
    file, line = place
    file = _as_table(file) if file in TABLES else file
    return (Sighting(file, line, source, event.host, event.time, mark, shown_to(mark, source)),)


def _write(path: Path, shelf: _Shelf, *, as_table: bool, cut: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = b"".join(line + b"\n" for line in shelf.lines)
    if as_table:
        _write_table(path, text)
    elif path.suffix == ".evtx":
        path.write_bytes(evtx(shelf.events))
    elif path.suffix == ".gz":
        packed = gzip.compress(text, compresslevel=3, mtime=0)
        path.write_bytes(packed[: len(packed) // 2] if cut else packed)
    elif path.suffix == ".zst":
        path.write_bytes(zstandard.compress(text))
    else:
        path.write_bytes(text)


def _write_table(path: Path, text: bytes) -> None:
    """Write NDJSON as Parquet, rows in the same order, times typed."""
    table, rows = path.parent / _as_table(path.name), path.with_suffix(".rows")
    rows.write_bytes(text)
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in TABLE_COLUMNS.items()) + "}"
    read = f"SELECT * FROM read_json({_quoted(rows)}, format = 'newline_delimited', columns = {columns})"
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute(f"COPY ({read}) TO {_quoted(table)} (FORMAT parquet, COMPRESSION zstd)")
    rows.unlink()


def _as_table(file: str) -> str:
    return file.removesuffix(".ndjson.zst") + ".parquet"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
