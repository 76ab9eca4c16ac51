"""The victim estate's data streams in Elastic's shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from lab.elastic.documents import document
from lab.elastic.mapping import mapping_of
from lab.elastic.store import Store, Tiering
from lab.elastic.templates import TEMPLATES
from lab.events import Event, Scene
from lab.render.siem.catalogue import CATALOGUE
from lab.render.siem.labelled import Row
from lab.sensors import Holds, everything, told
from lab.truth import Sighting, shown_to

# Which sensors ship to Elasticsearch, and as what; Defender's and the Security log's hosts do not.
SENSORS: Final = {
    "sysmon-beats": "elastic_sysmon_winlogbeat",
    "sysmon-nxlog": "elastic_sysmon_agent",
    "sysmon-evtx": "elastic_sysmon_agent",
    "elastic-defend": "elastic_defend",
    "proxy": "elastic_zscaler",
    "zeek": "elastic_zeek",
}
SHOWN_AS: Final = {"elastic_zscaler": "proxy", "elastic_zeek": "zeek"}  # the truth's names for what is no endpoint's
WINLOGBEAT: Final = "winlogbeat-8.19.3"  # Beats write to a stream of their own version's name


def fill(store: Store, scenes: Iterable[Scene], *, tier: Tiering = lambda _: "hot", holds: Holds = everything) -> None:
    """Add every event that a sensor ships to Elasticsearch, and that it holds, to its data stream."""
    streams: dict[str, list[Row]] = defaultdict(list)
    for number, scene in enumerate(scenes):
        for row in _rows(scene.event, holds):
            streams[_stream(row)].append(row | {"_id": f"e{number:08x}"})
    for name, rows in sorted(streams.items()):
        dataset = str(rows[0].get("data_stream.dataset", "winlogbeat"))
        mapping = mapping_of(rows, template=TEMPLATES.get(dataset, {}))
        store.add(name, mapping, (document(row, mapping) for row in rows), tier=tier)


def sightings(scenes: Iterable[Scene], *, holds: Holds = everything) -> Iterator[Sighting]:
    """Yield where the marked events lie in what `fill` adds: `file` is the data stream, `line` the number in `_id`."""
    for number, scene in enumerate(scenes):
        if scene.mark:
            event, mark = scene.event, scene.mark
            for name, labelled, logsource in _sightings(event, holds):
                row = CATALOGUE[name].render(labelled, logsource)
                if row is not None:
                    seen = shown_to(mark, SHOWN_AS.get(name, name))
                    yield Sighting(_stream(row), number, name, event.host, event.time, mark, seen)


def place(hit: Mapping[str, Any]) -> str:
    """Return the data stream of a report's hit: its event's id begins with it."""
    return str(hit["event"]).partition("/")[0]


def ageing(now: datetime, *, cold: int, frozen: int) -> Tiering:
    """Return the tiers of months by their age in months: hot, then cold, then frozen."""

    def tier(month: str) -> Any:
        age = (now.year - int(month[:4])) * 12 + now.month - int(month[5:])
        return "frozen" if age >= frozen else "cold" if age >= cold else "hot"

    return tier


def _rows(event: Event, holds: Holds) -> Iterator[Row]:
    for name, labelled, logsource in _sightings(event, holds):
        row = CATALOGUE[name].render(labelled, logsource)
        if row is not None:
            yield row


def _sightings(event: Event, holds: Holds) -> Iterator[tuple[str, Row, str]]:
    """Yield the source, the event in Sigma's words and its log source, for each sensor that ships it."""
    for sensor, labelled, logsource in told(event, holds):
        if sensor in SENSORS:
            yield SENSORS[sensor], labelled, logsource


def _stream(row: Row) -> str:
    if "data_stream.dataset" not in row:
        return WINLOGBEAT
    return f"{row['data_stream.type']}-{row['data_stream.dataset']}-{row['data_stream.namespace']}"
