"""Laws of the ledger's own writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from huntline.ledger.facts import days_of, fills_of
from huntline.ledger.orders import save_facts
from huntline.ledger.store import open_ledger
from huntline.ledger.upsert import AT_ONCE
from huntline.model.facts import Day, Fill
from huntline.model.pack import LogSource

SOURCE = LogSource("windows", "process_creation")
DAY = date(2023, 3, 29)
OLD = {"Image": 1, "Hashes": 0, "": None}


def test_a_write_of_more_rows_than_one_statement_takes_is_whole(tmp_path: Path) -> None:
    """A day that is not written would be told as a day without data."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    known = [Day("s", SOURCE, date(2000, 1, 1) + timedelta(days=n), n, n) for n in range(2 * AT_ONCE + 1)]
    for _ in range(2):
        with ledger.write() as connection:
            save_facts(connection, "t", part="p", facts=known)
    with ledger.read() as connection:
        assert tuple(known) == days_of(connection, "t")["p"]


def test_what_a_search_says_of_a_days_fields_leaves_what_it_does_not_name(tmp_path: Path) -> None:
    """A pack that has changed asks for other fields; "not known" is told like the rest."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    for told in ({"Image": True, "Hashes": False}, {"Hashes": None, "User": True}):
        facts = [Fill("s", SOURCE, field, day, filled) for day in (DAY, None) for field, filled in told.items()]
        with ledger.write() as connection:
            save_facts(connection, "t", part="p", facts=facts)
    with ledger.read() as connection:
        found = fills_of(connection, "t")["p"]

    said = {"Image": True, "Hashes": None, "User": True}
    assert {(day, field, filled) for day in (DAY, None) for field, filled in said.items()} == {
        (one.day, one.field, one.filled) for one in found
    }
    assert 6 == len(found)


def test_a_ledger_that_kept_each_field_of_a_day_in_a_row_says_the_same(tmp_path: Path) -> None:
    """More rows than one statement takes, and days of two parts."""
    place, keys = tmp_path / "ledger.sqlite", "tenant, part, scope, logsource, field, day"
    open_ledger(str(place), create=True).engine.dispose()
    days = [DAY + timedelta(days=n) for n in range(AT_ONCE + 1)]
    told = [(part, field, day, filled) for part in "pq" for day in days for field, filled in OLD.items()]
    with closing(sqlite3.connect(place)) as old, old:
        old.execute("DROP TABLE fills")
        old.execute(
            f"CREATE TABLE fills ({keys.replace(',', ' VARCHAR,')} VARCHAR, filled INTEGER, PRIMARY KEY ({keys}))"
        )
        rows = [("t", part, "s", str(SOURCE), field, day.isoformat(), filled) for part, field, day, filled in told]
        old.executemany("INSERT INTO fills VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        old.execute("DELETE FROM schema_version WHERE version > 5")
    with open_ledger(str(place), create=False).read() as connection:
        found = fills_of(connection, "t")

    assert {(part, field, day, None if filled is None else bool(filled)) for part, field, day, filled in told} == {
        (part, one.field, one.day, one.filled) for part, fills in found.items() for one in fills
    }


def test_a_ledger_that_nobody_holds_any_more_is_one_closed_file(tmp_path: Path) -> None:
    """A connection left open is told by Python from 3.13, and its journal is missed by whoever copies the ledger alone."""
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), create=True)
    held = names(tmp_path)
    del ledger

    assert (["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"], ["ledger.sqlite"]) == (held, names(tmp_path))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
