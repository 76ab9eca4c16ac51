"""Plants: 3CX activity and near misses as log lines, written from the facts alone, to be mixed into any background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import orjson

from lab.events import Event, Host
from lab.hosts import ALL, MAC
from lab.plants_near import NEAR
from lab.plants_true import TRUE
from lab.render.elastic_defend import elastic
from lab.render.proxy import proxy
from lab.render.sysmon_flat import nxlog
from lab.render.windows_security_flat import security
from lab.render.words import Record
from lab.render.zeek_dns import zeek_dns

NUMBERS = (5, 6, 10, 11, 12, 13, 14, 15, 17, 20, 22, 24)  # of the plan of detections
START = datetime(2023, 3, 8, tzinfo=UTC)
SPAN = 21 * 86_400_000  # milliseconds: what happened after 2023-03-29 would be read otherwise
FIRST_NUMBER = 9_000_000  # above the record numbers of the backgrounds we mix with

RENDER: Mapping[str, tuple[str, Callable[..., Record | None]]] = {
    "sysmon": ("planted-sysmon.ndjson", nxlog),
    "security": ("planted-security.ndjson", security),
    "proxy": ("planted-proxy.ndjson", proxy),
    "zeek": ("planted-zeek-dns.ndjson", zeek_dns),
    "elastic": ("planted-elastic.ndjson", elastic),
}


@dataclass(frozen=True, slots=True)
class Plant:
    """One planted line: unique, so that a hit's raw text names it. `true` False: a near miss nobody may claim."""

    detection: int
    true: bool
    file: str
    line: str
    time: datetime
    host: str


@dataclass(frozen=True, slots=True)
class Planted:
    plants: tuple[Plant, ...]

    def lines(self, file: str) -> tuple[str, ...]:
        """Return the lines to write to `file`, by time."""
        mine = (plant for plant in self.plants if plant.file == file)
        return tuple(plant.line for plant in sorted(mine, key=lambda plant: (plant.time, plant.line)))

    def files(self) -> tuple[str, ...]:
        return tuple(sorted({plant.file for plant in self.plants}))

    def truth(self) -> Mapping[int, frozenset[str]]:
        """Return, by detection number, the lines it must claim: all of them, once each, and no other planted line."""
        return {
            number: frozenset(plant.line for plant in self.plants if plant.true and plant.detection == number)
            for number in NUMBERS
        }


def planted(seed: int, count: int) -> Planted:
    """Return `count` true events and `count` near misses for each detection number, the same for the same seed."""
    rng, hosts = Random(f"plants/{seed}"), _hosts()
    plants: list[Plant] = []
    for detection in NUMBERS:
        for true, makers in ((True, TRUE), (False, NEAR)):
            for turn in range(count):
                time = START + timedelta(milliseconds=rng.randrange(SPAN))
                host = hosts[detection in (20, 22)][turn % 3]
                source, event = makers[detection](host, time, turn)
                plants.append(_plant(detection, source, event, true=true, number=FIRST_NUMBER + len(plants)))
    return Planted(tuple(plants))


def _plant(detection: int, source: str, event: Event, *, true: bool, number: int) -> Plant:
    file, render = RENDER[source]
    record = render(event, number=number)
    if record is None:
        raise ValueError(f"{source} does not see {event}")
    return Plant(detection, true, file, orjson.dumps(record).decode(), event.time, event.host.name)


def _hosts() -> tuple[tuple[Host, ...], tuple[Host, ...]]:
    """Return three Windows computers and three Macs of another company."""
    windows = (Host(f"PLANT-WS-{n}", "windows", f"user{n}", f"10.77.1.{n}", (), ALL) for n in (1, 2, 3))
    macs = (Host(f"PLANT-MAC-{n}", "macos", f"user{n}", f"10.77.2.{n}", (), MAC) for n in (1, 2, 3))
    return tuple(windows), tuple(macs)
