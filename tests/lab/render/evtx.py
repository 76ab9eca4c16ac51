"""Sysmon as a binary Windows event log (EVTX): BinXML without templates, in chunks of 64 KiB with their checksums."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from lab.events import Event
from lab.hosts import COMPANY
from lab.render.sysmon import CHANNEL, GUID, PROVIDER, sysmon

CHUNK, CHUNK_HEADER, FILE_HEADER = 65_536, 512, 4096
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
FRAGMENT, OPEN, OPEN_WITH_ATTRIBUTES, CLOSE_START, CLOSE_EMPTY, END = 0x0F, 0x01, 0x41, 0x02, 0x03, 0x04
VALUE, ATTRIBUTE, ANOTHER_ATTRIBUTE = 0x05, 0x06, 0x46

Value: TypeAlias = str | int | bool | datetime


@dataclass(frozen=True, slots=True)
class Element:
    name: str
    attributes: Mapping[str, Value]
    content: tuple[Element, ...] | Value | None


@dataclass(slots=True)
class _Chunk:
    """A chunk being written: its bytes from the chunk's own start, where each name lies, its records."""

    data: bytearray = field(default_factory=lambda: bytearray(CHUNK_HEADER))
    names: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * 64)
    first: int = 0
    last: int = 0
    last_at: int = 0


def evtx(events: Iterable[Event]) -> bytes:
    """Return a whole log file of the events Sysmon sees, numbered from 1 in the order given."""
    seen = [(event, found) for event in events if (found := sysmon(event)) is not None]
    records = [
        (event.time, _tree(event, event_id, data, number=number))
        for number, (event, (event_id, data)) in enumerate(seen, start=1)
    ]
    return log_file(records)


def log_file(records: Iterable[tuple[datetime, Element]]) -> bytes:
    """Return an EVTX file with one record a tree, numbered from 1."""
    chunks = [_Chunk()]
    count = 0
    for count, (time, tree) in enumerate(records, start=1):
        if not _added(chunks[-1], count, time, tree):
            chunks.append(_Chunk())
            if not _added(chunks[-1], count, time, tree):
                raise ValueError(f"record {count} does not fit a chunk")
    return _file_header(len(chunks), count) + b"".join(_sealed(chunk) for chunk in chunks)


def _tree(event: Event, event_id: int, data: Mapping[str, object], *, number: int) -> Element:
    fields = tuple(Element("Data", {"Name": name}, _value(value)) for name, value in data.items())
    system = (
        Element("Provider", {"Name": PROVIDER, "Guid": GUID}, None),
        Element("EventID", {}, event_id),
        Element("Version", {}, 5),
        Element("Level", {}, 4),
        Element("Task", {}, event_id),
        Element("Opcode", {}, 0),
        Element("Keywords", {}, "0x8000000000000000"),
        Element("TimeCreated", {"SystemTime": event.time}, None),
        Element("EventRecordID", {}, number),
        Element("Correlation", {}, None),
        Element("Execution", {"ProcessID": 3520, "ThreadID": 4168}, None),
        Element("Channel", {}, CHANNEL),
        Element("Computer", {}, f"{event.host.name}.{COMPANY}"),
        Element("Security", {"UserID": "S-1-5-18"}, None),
    )
    space = {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"}
    return Element("Event", space, (Element("System", {}, system), Element("EventData", {}, fields)))


def _value(value: object) -> Value:
    assert isinstance(value, str | int)  # what lab.render.sysmon writes
    return value


def _added(chunk: _Chunk, number: int, time: datetime, tree: Element) -> bool:
    """Write a record, or leave the chunk as it was and return False when it is full."""
    start, names, buckets = len(chunk.data), dict(chunk.names), list(chunk.buckets)
    chunk.data += struct.pack("<IIQQ", 0x00002A2A, 0, number, _filetime(time))
    chunk.data += bytes((FRAGMENT, 1, 1, 0))
    _element(chunk, tree)
    chunk.data.append(0)
    size = len(chunk.data) - start + 4
    struct.pack_into("<I", chunk.data, start + 4, size)
    chunk.data += struct.pack("<I", size)
    if len(chunk.data) > CHUNK:
        del chunk.data[start:]
        chunk.names, chunk.buckets = names, buckets
        return False
    chunk.first, chunk.last, chunk.last_at = chunk.first or number, number, start
    return True


def _element(chunk: _Chunk, element: Element) -> None:
    data = chunk.data
    data += struct.pack("<BI", OPEN_WITH_ATTRIBUTES if element.attributes else OPEN, 0)
    size_at = len(data) - 4
    _name(chunk, element.name)
    if element.attributes:
        _attributes(chunk, element.attributes)
    if element.content is None:
        data.append(CLOSE_EMPTY)
    else:
        data.append(CLOSE_START)
        if isinstance(element.content, tuple):
            for child in element.content:
                _element(chunk, child)
        else:
            _typed(data, element.content)
        data.append(END)
    struct.pack_into("<I", data, size_at, len(data) - size_at - 4)


def _attributes(chunk: _Chunk, attributes: Mapping[str, Value]) -> None:
    data = chunk.data
    data += bytes(4)
    size_at, left = len(data) - 4, len(attributes)
    for name, value in attributes.items():
        left -= 1
        data.append(ANOTHER_ATTRIBUTE if left else ATTRIBUTE)
        _name(chunk, name)
        _typed(data, value)
    struct.pack_into("<I", data, size_at, len(data) - size_at - 4)


def _name(chunk: _Chunk, name: str) -> None:
    """Point to a name; its first use in a chunk carries it, linked into the chunk's table by its hash."""
    at = chunk.names.get(name)
    if at is not None:
        chunk.data += struct.pack("<I", at)
        return
    at = len(chunk.data) + 4
    value = 0
    for letter in name:
        value = (value * 65_599 + ord(letter)) & 0xFFFF_FFFF
    bucket = (value & 0xFFFF) % 64
    chunk.data += struct.pack("<IIHH", at, chunk.buckets[bucket], value & 0xFFFF, len(name))
    chunk.data += name.encode("utf-16-le") + b"\0\0"
    chunk.names[name] = chunk.buckets[bucket] = at


def _typed(data: bytearray, value: Value) -> None:
    match value:
        case bool():
            data += struct.pack("<BBI", VALUE, 0x0D, value)
        case int():
            data += struct.pack("<BBI", VALUE, 0x08, value)
        case datetime():
            data += struct.pack("<BBQ", VALUE, 0x11, _filetime(value))
        case str():
            text = value.encode("utf-16-le")
            data += struct.pack("<BBH", VALUE, 0x01, len(text) // 2) + text


def _sealed(chunk: _Chunk) -> bytes:
    """Return the chunk with its header and checksums, filled to its full size."""
    data = chunk.data
    struct.pack_into("<8sQQQQ", data, 0, b"ElfChnk\0", chunk.first, chunk.last, chunk.first, chunk.last)
    records = zlib.crc32(data[CHUNK_HEADER:])
    struct.pack_into("<IIII", data, 40, 128, chunk.last_at, len(data), records)
    struct.pack_into("<64I", data, 128, *chunk.buckets)
    struct.pack_into("<I", data, 124, zlib.crc32(data[:120] + data[128:CHUNK_HEADER]))
    return bytes(data.ljust(CHUNK, b"\0"))


def _file_header(chunks: int, records: int) -> bytes:
    head = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, chunks - 1, records + 1, 128, 1, 3, FILE_HEADER, chunks)
    head = head.ljust(120, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(FILE_HEADER, b"\0")


def _filetime(time: datetime) -> int:
    """Return 100 ns steps since 1601, without floating point."""
    since = time - EPOCH
    return (since.days * 86_400 + since.seconds) * 10_000_000 + since.microseconds * 10
