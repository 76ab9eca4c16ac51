"""Laws of the ledger's own writes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from huntline.ledger.facts import days_of
from huntline.ledger.orders import save_facts
from huntline.ledger.store import open_ledger
from huntline.ledger.upsert import AT_ONCE
from huntline.model.facts import Day
from huntline.model.pack import LogSource

SOURCE = LogSource("windows", "process_creation")


def test_a_write_of_more_rows_than_one_statement_takes_is_whole(tmp_path: Path) -> None:
    """A day that is not written would be told as a day without data."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    known = [Day("s", SOURCE, date(2000, 1, 1) + timedelta(days=n), n, n) for n in range(2 * AT_ONCE + 1)]
    for _ in range(2):
        with ledger.write() as connection:
            save_facts(connection, "t", part="p", facts=known)
    with ledger.read() as connection:
        assert tuple(known) == days_of(connection, "t")["p"]


def test_a_ledger_that_nobody_holds_any_more_is_one_closed_file(tmp_path: Path) -> None:
    """A connection left open is told by Python from 3.13, and its journal is missed by whoever copies the ledger alone."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    held = names(tmp_path)
    del ledger

    assert (["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"], ["ledger.sqlite"]) == (held, names(tmp_path))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
