"""A search job as a value: what was asked for, how far it is, and what its table says of it [M5]."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

UPDATING: Final = 0.1  # of a job's time, until its table has a schema (lab)
FAILS_AT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What a job was asked for; both ends of its range are inclusive (lab)."""

    name: str
    query: str
    start: datetime
    end: datetime
    limit: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it runs: `rows` are those it will have when done, `gb` what it will have scanned.

    It ends by `seconds` since `begun` (monotonic), or after `looks` looks at it. `stopped` is how far it was when it was
    cancelled or failed, from 0 to 1. `deleted` is when its table was (monotonic).
    """

    order: Order
    source: str
    rows: int
    gb: float
    at: datetime
    begun: float
    seconds: float
    looks: int | None
    looked: int = 0
    fails: bool = False
    stopped: float | None = None
    deleted: float | None = None

    @property
    def done(self) -> float:
        """Return how far it is, from 0 to 1."""
        if self.stopped is not None:
            return self.stopped
        whole = self.seconds if self.looks is None else self.looks
        gone = time.monotonic() - self.begun if self.looks is None else self.looked
        return min(1.0, gone / whole) if whole > 0 else 1.0

    @property
    def running(self) -> bool:
        return self.stopped is None and self.done < 1 and self.deleted is None

    @property
    def state(self) -> str:
        """Return its provisioningState; that of a failed one is not in the specification's list, which is open."""
        if self.deleted is not None:
            return "Deleting"
        if self.fails and self.stopped is not None:
            return "Failed"
        return "Succeeded" if not self.running else "Updating" if self.done < UPDATING else "InProgress"


def written(job: Job) -> dict[str, Any]:
    """Write the properties that only a search job's table has."""
    order = job.order
    asked = {
        "query": order.query,
        "limit": order.limit,
        "startSearchTime": _zulu(order.start),
        "endSearchTime": _zulu(order.end),
        "sourceTable": job.source,
    } | ({"description": order.description} if order.description else {})
    found = {
        "progress": round(100 * job.done, 1),
        "ingestedRecords": int(job.rows * job.done),
        "scannedGb": job.gb * job.done,
    }
    return {"searchResults": asked, "resultStatistics": found, "provisioningState": job.state}


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
