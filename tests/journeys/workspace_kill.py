"""A workspace whose hunt is killed: archived at first, then recent, so that kills meet search jobs as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from conformance.hunting.sentinel_ground import HITS, window_of
from journeys.siem import Office
from journeys.siem_kill import LATENCY, PARALLEL, Asked
from journeys.workspace import KEEPS, PAY, TO, UNTIL, office, served
from lab.serve.journal import Entry
from lab.serve.server import Running

HITS_PLANTED = 120
LIMITS: Mapping[str, Any] = {"jobs_a_day": 10_000, "a_window": 100_000, "reads": 1_000_000, "writes": 100_000}
SPAN = ("--since", f"{UNTIL - timedelta(days=900):%Y-%m-%d}", *TO, *PAY)


@dataclass(frozen=True, slots=True)
class Archive:
    """Fills `Prey`."""

    name: str = "sentinel"
    span: tuple[str, ...] = SPAN

    @contextmanager
    def served(self, folder: Path) -> Iterator[Running]:
        """Serve it with limits that bound no kill: hunts of many days are made within minutes here."""
        with served(folder, HITS_PLANTED, latency=lambda _: LATENCY, **LIMITS) as made:
            yield made.running
            assert () == made.lab.jobs.left()

    def office(self, folder: Path, running: Running) -> Office:
        return office(folder, running, parallel=PARALLEL)

    def asked(self, entries: Sequence[Entry]) -> list[Asked]:
        """Return what was asked of tables; the result of a job is read as often as one likes."""
        sent = [one for one in entries if one.path.startswith("/v1/") and HITS in one.body and "_SRCH" not in one.body]
        return [Asked(_table(one), window_of(one.body), one.status) for one in sent]

    def paid(self, entries: Sequence[Entry]) -> list[str]:
        puts = (one for one in entries if one.method == "PUT" and one.status < 300)
        return [one.path.rpartition("/")[2] for one in puts if one.path.endswith("_SRCH")]


def _table(one: Entry) -> str:
    return next(table for table in KEEPS if f'"{table}\\n' in one.body)
