"""The victim estate's indexes in the shapes of Splunk's add-ons, and as the data models show the same events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from lab.events import Event, Scene, WebRequest
from lab.render.proxy import proxy
from lab.render.siem import splunk_cim, splunk_sysmon, splunk_windows, splunk_zeek
from lab.render.siem.labelled import Renderer, Row, spelt
from lab.sensors import Holds, everything, told
from lab.splunk.events import Made
from lab.splunk.models import completed
from lab.splunk.store import Store
from lab.truth import Sighting, shown_to

# Which sensors ship to Splunk, and by which add-on; macOS and the proxy have none here, the models alone know them.
ADDONS: Final[Mapping[str, tuple[str, Renderer]]] = {
    "sysmon-beats": ("splunk_sysmon", splunk_sysmon.render),
    "sysmon-nxlog": ("splunk_sysmon", splunk_sysmon.render),
    "sysmon-evtx": ("splunk_sysmon", splunk_sysmon.render),
    "security": ("splunk_windows", splunk_windows.render),
    "zeek": ("splunk_zeek", splunk_zeek.render),
}
MODELS_ONLY: Final = {"macos": ("endpoint", "macos:endpoint"), "proxy": ("proxy", "zscalernss-web")}
SHOWN_AS: Final = {
    "splunk_windows": "security",
    "splunk_zeek": "zeek",
    "splunk_cim_proxy": "proxy",
}  # the truth's names
OWN: Final = frozenset({"_time", "_indextime", "_raw", "_bkt", "_cd", "index"})  # what the store says itself
BASE: Final = ("host", "source", "sourcetype")
AUDITED: Final = frozenset(
    {"@timestamp", "Hostname", "Image", "CommandLine", "User", "ProcessId", "ParentImage", "ParentProcessId"}
)
# Where the parts look that bear an add-on's name.
INDEXES: Final = {"Zeek dns.log": "zeek", "Windows Security, process creation (4688)": "wineventlog"}
LATENCY = 2  # seconds from an event to its arrival


def fill(store: Store, scenes: Iterable[Scene], *, holds: Holds = everything) -> None:
    """Add every event that a sensor ships to Splunk, and that it holds, to its index."""
    indexes: dict[str, list[Made]] = defaultdict(list)
    for scene in scenes:
        for name, _, made in shipped(scene.event, holds):
            indexes[name].append(made)
    for name, events in sorted(indexes.items()):
        store.add(name, events)


def sightings(scenes: Iterable[Scene], *, holds: Holds = everything) -> Iterator[Sighting]:
    """Yield where the marked events lie in what `fill` adds: `file` is the index, `line` the number of the scene."""
    for number, scene in enumerate(scenes):
        if scene.mark:
            event, mark = scene.event, scene.mark
            for index, source, _ in shipped(event, holds):
                seen = shown_to(mark, SHOWN_AS.get(source, source))
                yield Sighting(index, number, source, event.host, event.time, mark, seen)


def place(hit: Mapping[str, Any]) -> str:
    """Return the index of a report's hit by the parts that show it; a part itself where none is an add-on's of these."""
    return next((INDEXES[part] for part in hit["parts"] if part in INDEXES), str(hit["parts"][0]))


def shipped(event: Event, holds: Holds) -> Iterator[tuple[str, str, Made]]:
    """Yield index, source and the event as indexed, for each sensor that ships it."""
    for sensor, labelled, logsource in told(event, holds):
        shown = splunk_cim.render(_audited(labelled) if sensor == "security" else labelled, logsource)
        if sensor in ADDONS:
            source, render = ADDONS[sensor]
            row = render(labelled, logsource)
            if row is not None:
                yield str(row["index"]), source, _made(event, row, _model(shown, row, source))
        elif shown is not None and (sensor == "proxy" or event.host.system == "macos"):
            index, sourcetype = MODELS_ONLY[sensor if sensor == "proxy" else "macos"]
            row = _bare(event, shown, labelled, sourcetype)
            yield index, f"splunk_cim_{index}", _made(event, row, _model(shown, row, ""))


def _audited(labelled: Row) -> Row:
    """Return of a process start what event 4688 knows: no hash, no version, no command line of the parent."""
    return {name: value for name, value in labelled.items() if name in AUDITED}


def _made(event: Event, row: Row, models: Mapping[str, Mapping[str, str | list[str]]]) -> Made:
    moment = round(event.time.timestamp(), 3)
    fields = {name: _field(value) for name, value in row.items() if name not in OWN}
    return Made(moment, int(moment) + LATENCY, fields, str(row["_raw"]), models)


def _field(value: object) -> str | list[str]:
    return [spelt(one) for one in value] if isinstance(value, list) else spelt(value)


def _bare(event: Event, shown: Row, labelled: Row, sourcetype: str) -> Row:
    """Return an event of which search extracts nothing but what every event has."""
    told_as = proxy(event, number=0) if isinstance(event, WebRequest) else labelled
    host = "proxy-01" if isinstance(event, WebRequest) else str(shown["host"])
    return {"host": host, "source": sourcetype, "sourcetype": sourcetype, "_raw": orjson.dumps(told_as).decode()}


def _model(shown: Row | None, row: Row, source: str) -> dict[str, Mapping[str, str | list[str]]]:
    """Return what the data model shows of an event; the Security log's own process events say whose they are.

    Every dataset inherits host, source and source type from the event itself (Splunk_SA_CIM: fields owned by BaseEvent).
    """
    if shown is None:
        return {}
    root = f"{shown['datamodel']}.{shown['nodename']}"
    fields = {name: _field(value) for name, value in shown.items() if name not in {"_time", "datamodel", "nodename"}}
    fields |= {name: _field(row[name]) for name in BASE}
    if source == "splunk_windows":
        fields["vendor_product"] = "Microsoft Windows"
    return {root: completed(root, fields)}
