"""Alder, a small customer that uses clean 3CX builds: half of its computers send Sysmon's events, and nothing else is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import orjson
import zstandard

from lab.benign import client, client_at_work
from lab.benign.happen import Logged, Moment
from lab.estate import days
from lab.events import Event, Host, WebRequest
from lab.hosts import ALL, COMPANY, DOMAIN
from lab.noise import ordinary_day
from lab.render.sysmon_flat import nxlog

SEED: Final = 416
CALLS: Final = 4  # what the 3CX client does on a computer in a day
CLIENT: Final = (*client.ENTRIES, *client_at_work.ENTRIES)
HEARD: Final = tuple(
    Host(f"AL-WS-{number:02d}", "windows", user, f"10.40.1.{number}", ("sysmon-nxlog",), ALL - {"web"})
    for number, user in enumerate(("k.ahlgren", "l.baptiste", "m.conti"), start=1)
)
SILENT: Final = ("al-ws-04", "al-ws-05", "al-mac-01")  # in the inventory, in no log
EXPECTED: Final = (*(host.name.lower() for host in HEARD), *SILENT)


def write_alder(out: Path) -> None:
    """Write Alder's exported files under `out`, one a month."""
    months: dict[str, list[bytes]] = defaultdict(list)
    events = sorted(_events(), key=lambda event: event.time)
    for number, event in enumerate(events, start=1):
        record = nxlog(event, number=number)
        if record is not None:
            months[f"{event.time:%Y-%m}"].append(_renamed(orjson.dumps(record)))
    out.mkdir(parents=True)
    for month, lines in months.items():
        (out / f"sysmon-{month}.ndjson.zst").write_bytes(zstandard.compress(b"\n".join((*lines, b""))))


def _events() -> Iterator[Event]:
    for host in HEARD:
        for day in days():
            yield from (scene.event for scene in ordinary_day(host, day, seed=SEED))
            yield from _phone(host, day)


def _phone(host: Host, day: date) -> Iterator[Event]:
    """Yield what a clean client does: it is what an affected one is mistaken for."""
    dice = Random(f"{SEED}/{host.name}/{day}")
    entries = [entry for entry in CLIENT if entry.since <= day]
    for entry in dice.sample(entries, CALLS):
        time = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(milliseconds=dice.randrange(86_400_000))
        event = entry.make(Moment(time, dice))
        if not isinstance(event, Logged | WebRequest):
            yield replace(event, host=host)


def _renamed(line: bytes) -> bytes:
    """Give a line Alder's names in place of those all renderers write."""
    return line.replace(COMPANY.encode(), b"alder.example").replace(DOMAIN.encode(), b"ALDER")
