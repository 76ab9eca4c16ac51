"""One hunt and one deployment per tenant at a time: a lease row that its holder renews and that the dead cannot keep."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy import Connection, delete, insert, select, update

from huntline.errors import Busy, LedgerError
from huntline.ledger.schema import LEASES
from huntline.ledger.store import Ledger
from huntline.model.jsonable import moment_of, moment_text

LASTS = timedelta(seconds=60)
RENEWED_EVERY = timedelta(seconds=15)


Work: TypeAlias = Literal["hunted", "written to"]
"""What may go on at one tenant beside the other, and never twice at once."""


@dataclass(frozen=True, slots=True)
class Lease:
    tenant: str
    holder: str  # host:pid:nonce
    work: Work = "hunted"

    @property
    def row(self) -> str:
        return self.tenant if self.work == "hunted" else f"{self.tenant} ({self.work})"


def still_held(connection: Connection, lease: Lease) -> bool:
    """Say, inside the caller's transaction, whether nobody took the lease over."""
    holder = connection.execute(select(LEASES.c.holder).where(LEASES.c.tenant == lease.row)).scalar()
    return holder == lease.holder


@contextmanager
def leased(ledger: Ledger, tenant: str, work: Work = "hunted") -> Iterator[Lease]:
    """Hold the tenant's lease for the block, renewing it in the background. Raises Busy if another holds it."""
    lease = Lease(tenant, f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}", work)
    _take(ledger, lease)
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(ledger, lease, done), name=f"lease of {tenant}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join()
        with ledger.write() as connection:
            connection.execute(delete(LEASES).where(LEASES.c.tenant == lease.row, LEASES.c.holder == lease.holder))


def _take(ledger: Ledger, lease: Lease) -> None:
    now = datetime.now(UTC)
    with ledger.write() as connection:
        held = connection.execute(select(LEASES).where(LEASES.c.tenant == lease.row)).one_or_none()
        if held and moment_of(held.until) > now and not _is_dead(held.holder):
            host, pid, _ = held.holder.rsplit(":", 2)
            raise Busy(
                f"tenant {lease.tenant} is being {lease.work} by process {pid} on {host}",
                advice=f"wait for it to end; a lease that is not renewed falls by {held.until}",
            )
        connection.execute(delete(LEASES).where(LEASES.c.tenant == lease.row))
        until = moment_text(now + LASTS)
        connection.execute(insert(LEASES).values(tenant=lease.row, holder=lease.holder, until=until))


def _keep(ledger: Ledger, lease: Lease, done: threading.Event) -> None:
    mine = (LEASES.c.tenant == lease.row, LEASES.c.holder == lease.holder)
    while not done.wait(RENEWED_EVERY.total_seconds()):
        try:
            with ledger.write() as connection:
                until = moment_text(datetime.now(UTC) + LASTS)
                connection.execute(update(LEASES).where(*mine).values(until=until))
        except LedgerError:
            # A ledger that cannot be written is told by the hunt's own next write; the lease itself lasts a while longer.
            continue


def _is_dead(holder: str) -> bool:
    """Say whether the holder ran on this very machine and its process is gone (asked on POSIX only)."""
    host, pid, _ = holder.rsplit(":", 2)
    if host != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
