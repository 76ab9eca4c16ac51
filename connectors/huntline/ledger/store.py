"""Open a ledger: SQLite by a path, or any SQLAlchemy URL; every failure is a LedgerError with the next step."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from huntline.errors import LedgerError
from huntline.ledger.migrations import is_current, migrate

SCHEME = "://"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Ledger:
    """A ledger that has been opened and migrated; `name` is what a person calls it.

    Its connections are closed when nobody holds it any more, at the end of the process at the latest.
    """

    engine: Engine
    name: str
    # SQLite has one writer: its own queue for the lock is a polling one, which starves threads of one process.
    turn: threading.RLock = field(default_factory=threading.RLock, compare=False)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises LedgerError when the store refuses (disk full, locked, read-only)."""
        try:
            with self.turn, self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise _told(self.name, error) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent look. Raises LedgerError."""
        try:
            with self.engine.connect().execution_options(huntline_reads=True) as connection:
                yield connection
        except DBAPIError as error:
            raise _told(self.name, error) from error


def open_ledger(place: str, *, create: bool) -> Ledger:
    """Open the ledger at a path or URL; with `create` a missing one is made, otherwise LedgerError says it is missing."""
    if SCHEME not in place:
        _prepare_file(Path(place), place, create=create)
    url = place if SCHEME in place else f"sqlite:///{Path(place).resolve().as_posix()}"
    engine = create_engine(url, poolclass=QueuePool, max_overflow=-1)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    ledger = Ledger(engine, place)
    weakref.finalize(ledger, engine.dispose)  # the pool alone would leave that to the drivers, which complain
    with ledger.read() as connection:
        current = is_current(connection)
    if not current:
        with ledger.write() as connection:
            migrate(connection)
    return ledger


def _prepare_file(path: Path, name: str, *, create: bool) -> None:
    """See that the file is there, a new one readable by its owner alone: it holds log content."""
    if path.exists():
        return
    if not create:
        raise LedgerError(f"there is no ledger at {name}", advice="run `huntline hunt` first, or name it with --ledger")
    try:
        path.touch(mode=0o600)
    except OSError as error:
        advice = "name a folder that is there and writable with --ledger"
        raise LedgerError(f"the ledger {name} cannot be made: {error.strerror}", advice=advice) from error


def _prepare_sqlite(connection: object, _record: ConnectionPoolEntry) -> None:
    """Readers beside one writer, patience with another process, and transactions that we begin ourselves."""
    connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3's own, typed only by its driver
    cursor = connection.cursor()  # type: ignore[attr-defined]  # see above
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start, so that no transaction fails halfway because another one wrote meanwhile."""
    reads = connection.get_execution_options().get("huntline_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _told(name: str, error: DBAPIError) -> LedgerError:
    return LedgerError(
        f"the ledger {name} cannot be used: {error.orig}",
        advice="check that its folder is writable and the disk has room; nothing recorded so far is lost, run again to go on",
    )
