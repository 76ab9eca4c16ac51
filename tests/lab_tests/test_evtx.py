"""The binary log we write is read by an independent parser, and says what the events say."""

from __future__ import annotations

import io
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from evtx import PyEvtxParser

from lab.estate import estate
from lab.events import Event, FileCreate, WebRequest
from lab.hosts import SAL
from lab.noise import run
from lab.programs import windows
from lab.render.evtx import CHUNK, FILE_HEADER, Element, evtx, log_file
from lab.render.sysmon import sysmon


def read(log: bytes) -> list[Any]:
    """Parse strictly: headers and records must carry the right checksums."""
    parser = PyEvtxParser(io.BytesIO(log), validate_checksums=True)
    return [event_of(record) for record in parser.records_json()]


def event_of(record: Any) -> Any:
    return json.loads(record["data"])["Event"]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    mine = [scene.event for scene in estate() if scene.event.host == SAL]
    return mine[::10]


def test_every_event_sysmon_sees_is_a_record_with_its_fields(events: list[Event]) -> None:
    """Read back, the typed fields equal those the flat form is made of, over many chunks."""
    wanted = [found for event in events if (found := sysmon(event)) is not None]
    log = evtx(events)

    records = read(log)

    assert len(log) > 5 * CHUNK
    assert [data for _, data in wanted] == [record["EventData"] for record in records]
    assert [event_id for event_id, _ in wanted] == [record["System"]["EventID"] for record in records]


def test_records_are_numbered_timed_and_named_as_windows_does(events: list[Event]) -> None:
    """The record number with the computer is a hit's identity, SystemTime is its index time."""
    seen = [event for event in events if not isinstance(event, WebRequest)]

    systems = [record["System"] for record in read(evtx(events))]

    assert list(range(1, len(seen) + 1)) == [system["EventRecordID"] for system in systems]
    assert [event.time for event in seen] == [
        datetime.fromisoformat(system["TimeCreated"]["#attributes"]["SystemTime"]) for system in systems
    ]
    assert {"WS-SAL-03.larkspur.example"} == {system["Computer"] for system in systems}
    assert {"Microsoft-Windows-Sysmon/Operational"} == {system["Channel"] for system in systems}


@pytest.mark.parametrize(
    "path", ["C:\\<script>alert(1)</script>", "=cmd|' /C calc'!A0", "C:\\\u202egpj.exe", "C:\\\U0001f4be &amp; \"'`"]
)
def test_hostile_text_survives_as_it_is(path: str) -> None:
    """The report's escaping is tested with what a log can really carry."""
    event = FileCreate(datetime(2023, 3, 6, tzinfo=UTC), SAL, run(SAL, windows("cmd.exe"), "", pid=8), path)

    (record,) = read(evtx([event]))

    assert path == record["EventData"]["TargetFilename"]


def test_a_record_larger_than_a_chunk_is_refused() -> None:
    """Windows cannot write it either; a silent cut would be a lost event."""
    tree = Element("Event", {}, "x" * 40_000)

    with pytest.raises(ValueError, match="record 1 does not fit a chunk"):
        log_file([(datetime(2023, 3, 6, tzinfo=UTC) + timedelta(seconds=1), tree)])


def test_the_file_header_counts_its_chunks_and_carries_its_checksum(events: list[Event]) -> None:
    """Windows refuses a log with a wrong header; the parser used here does not look."""
    log = evtx(events)
    first, last, following = struct.unpack_from("<QQQ", log, 8)
    (chunks,) = struct.unpack_from("<H", log, 42)

    assert (first, last, chunks) == (0, chunks - 1, (len(log) - FILE_HEADER) // CHUNK)
    assert following == len(read(log)) + 1
    assert struct.unpack_from("<I", log, 124) == (zlib.crc32(log[:120]),)


def test_names_bear_the_hashes_windows_gives_them(events: list[Event]) -> None:
    """0x0CBA, 0x546F and 0x0FBC stand before these names in logs Windows wrote."""
    log = evtx(events)
    for name, value in (("Event", 0x0CBA), ("System", 0x546F), ("xmlns", 0x0FBC)):
        assert struct.pack("<HH", value, len(name)) + name.encode("utf-16-le") in log


def test_an_empty_log_is_a_log() -> None:
    """A channel nobody wrote to is exported too."""
    assert [] == read(evtx([]))
