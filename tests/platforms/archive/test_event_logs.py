"""Event log files are hunted record by record; a broken record is counted and the rest is hunted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from huntline.model.facts import Day
from lab.render.evtx import Element, log_file
from platforms.archive.hunting import STARTED, SYSMON, hunted

START = datetime(2023, 3, 1, tzinfo=UTC)
RECORDS = 900


def record(number: int) -> tuple[datetime, Element]:
    time = START + timedelta(minutes=number)
    image = "C:\\Temp\\evil.exe" if number % 9 == 0 else "C:\\good.exe"
    system = (
        Element("EventID", {}, 1),
        Element("TimeCreated", {"SystemTime": time}, None),
        Element("EventRecordID", {}, number),
        Element("Channel", {}, SYSMON),
        Element("Computer", {}, "ws-1"),
    )
    data = (Element("Data", {"Name": "Image"}, image), Element("Data", {"Name": "CommandLine"}, "x" * 200))
    return time, Element("Event", {}, (Element("System", {}, system), Element("EventData", {}, data)))


LOG = log_file([record(number) for number in range(1, RECORDS + 1)])


def test_every_record_is_read_and_dated(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(LOG)
    page, outcome = hunted(tmp_path / "x")

    events = sum(fact.events for fact in outcome.facts if isinstance(fact, Day) and fact.logsource == STARTED)

    assert ("whole", RECORDS, RECORDS // 9) == (outcome.end, events, len(page.rows))
    assert {START + timedelta(minutes=n) for n in range(9, RECORDS + 1, 9)} == {row.time for row in page.rows}


def test_a_record_is_known_by_its_own_number(tmp_path: Path) -> None:
    """An export of a part of a log names its events as the whole log does."""
    (tmp_path / "whole").write_bytes(LOG)
    (tmp_path / "half").write_bytes(log_file([record(number) for number in range(1, RECORDS // 2)]))

    half, whole = ({row.id for row in hunted(tmp_path / name)[0].rows} for name in ("half", "whole"))

    assert half < whole


def test_a_cut_event_log_is_never_whole(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(LOG[: len(LOG) // 2])
    _, outcome = hunted(tmp_path / "x")

    assert ("partial", "truncated") == (outcome.end, outcome.reason)
    assert 0 < outcome.rows < RECORDS


def test_a_broken_chunk_is_counted_and_the_others_are_hunted(tmp_path: Path) -> None:
    broken = bytearray(LOG)
    broken[4096 + 65_536 + 512 : 4096 + 65_536 + 3000] = b"\xff" * 2488
    (tmp_path / "x").write_bytes(broken)
    _, outcome = hunted(tmp_path / "x")

    assert "partial" == outcome.end
    assert 0 < outcome.rows < RECORDS
    assert 0 < outcome.unreadable
