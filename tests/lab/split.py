"""Where Larkspur's logs lie: three SIEMs keep from March on, exported files hold what is older."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from lab.events import Event
from lab.sensors import Holds

ARCHIVED_SINCE: Final = datetime(2023, 1, 1, tzinfo=UTC)  # what Sentinel's archive has left
KEPT_SINCE: Final = datetime(2023, 3, 1, tzinfo=UTC)  # what the SIEMs' retention has left to search
EXPORTED_UNTIL: Final = datetime(2023, 3, 15, tzinfo=UTC)  # the export ran late: two weeks lie in both
# Which sensors ship where. One computer's are in two SIEMs: Defender's and the Security log's, an agent's and the resolver's.
SHIPPED: Final[Mapping[str, frozenset[str]]] = {
    "elastic": frozenset({"sysmon-beats", "sysmon-nxlog", "sysmon-evtx", "elastic-defend"}),
    "splunk": frozenset({"security", "zeek"}),
    "sentinel": frozenset({"defender-xdr", "proxy"}),
}


def in_siem(name: str, *, since: datetime = KEPT_SINCE) -> Holds:
    """Return what a SIEM has of the sensors that ship to it; without `since` what can be searched."""
    return lambda event, sensor: sensor in SHIPPED[name] and event.time >= since


def in_files(event: Event, _sensor: str) -> bool:
    """Tell whether the exported files hold an event: they have every sensor's."""
    return event.time < EXPORTED_UNTIL
