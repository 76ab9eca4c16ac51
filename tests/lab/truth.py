"""What the logs hold, known because we wrote them: where each marked event lies and which detections must show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from lab.events import Host, Mark

Place: TypeAlias = Callable[[Mapping[str, Any]], str]  # of a report's hit, as `file` of a sighting names it


@dataclass(frozen=True, slots=True)
class Sighting:
    """A marked event as one log holds it.

    `file` is relative to the folder of logs; `line` counts from 1: a line, an EVTX record number or a Parquet row. In a SIEM
    they are a data stream, an index or a table, and a number of the event.
    `detections` are the plan's numbers that this very log must show it to; none for near misses.
    """

    file: str
    line: int
    source: str
    host: Host
    time: datetime
    mark: Mark
    detections: tuple[int, ...]


def shown_to(mark: Mark, source: str) -> tuple[int, ...]:
    """Return the detections of the plan that must claim a marked event in a log of `source`."""
    by_source = {"security": mark.security, "zeek": mark.zeek, "proxy": mark.proxy}
    return by_source.get(source, mark.endpoint)


def hits(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Return what a whole hunt must find, by file and line: all this and nothing else."""
    return tuple(sorted((one for one in sightings if one.detections), key=lambda one: (one.file, one.line)))


def stages(sightings: Iterable[Sighting]) -> Mapping[str, tuple[str, ...]]:
    """Return the stages each storyline's host shows in hits, by host name, in the order they were reached."""
    reached: dict[str, dict[str, datetime]] = {}
    for one in sightings:
        if one.mark.kind == "story" and one.detections:
            known = reached.setdefault(one.host.name, {})
            known[one.mark.stage] = min(one.time, known.get(one.mark.stage, one.time))
    return {host: tuple(sorted(known, key=known.__getitem__)) for host, known in sorted(reached.items())}


def differences(report: Any, sightings: Iterable[Sighting], place: Place) -> Sequence[str]:
    """Return where a report's hits differ from what was planted, by place and second.

    What a whole hunt must find is found once, and so is any other event of a storyline or of research; nothing else is.
    """
    told = tuple(sightings)
    found = Counter((place(hit), hit["at"][:19]) for case in report["cases"] for hit in case["hits"])
    guilty = Counter(_spot(one) for one in told if one.mark.kind != "near")
    needed = Counter(map(_spot, hits(told)))
    return [
        *(f"missed: {spot}" for spot in sorted(needed) if found[spot] < needed[spot]),
        *(f"innocent, or found twice: {spot}" for spot in sorted(found) if found[spot] > guilty[spot]),
    ]


def _spot(one: Sighting) -> tuple[str, str]:
    return one.file, f"{one.time:%Y-%m-%dT%H:%M:%S}"
