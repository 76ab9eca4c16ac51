"""All that happens in the company from December 2022 to May 2026, in order of time, the same for the same seed."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from lab.benign import client, client_at_work, electron, life, macos, names, pbx, protection, system, trading, web
from lab.benign.happen import LAST, Entry, Moment, Seen

SEED: Final = 1812425
TOTAL: Final = 200_000
EACH: Final = 520  # times an entry of the catalogue occurs
CATALOGUE: Final = tuple(
    entry
    for part in (client, client_at_work, electron, system, trading, names, web, protection, macos, pbx)
    for entry in part.ENTRIES
)


def company(*, seed: int = SEED, each: int = EACH, total: int = TOTAL) -> Iterator[Seen]:
    """Yield `total` events: each entry of the catalogue `each` times, ordinary life for the rest."""
    parts, left = sum(share for _, share in life.ORDINARY), total - each * len(CATALOGUE)
    shares = [(entry, each) for entry in CATALOGUE] + [(entry, left * part // parts) for entry, part in life.ORDINARY]
    shares[-1] = (shares[-1][0], total - sum(count for _, count in shares[:-1]))
    streams = (_stream(entry, count, Random(f"{seed}/{entry.id}")) for entry, count in shares)
    return heapq.merge(*streams, key=lambda seen: seen.event.time)


def _stream(entry: Entry, count: int, dice: Random) -> Iterator[Seen]:
    """Yield an entry's events in order of time, spread over the days since it can be."""
    first = datetime(entry.since.year, entry.since.month, entry.since.day, tzinfo=UTC)
    milliseconds = ((LAST - entry.since).days + 1) * 86_400_000
    for number, after in enumerate(sorted(dice.randrange(milliseconds) for _ in range(count)), start=1):
        yield Seen(entry, number, entry.make(Moment(first + timedelta(milliseconds=after), dice)))
