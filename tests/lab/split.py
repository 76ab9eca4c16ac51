"""Where Larkspur's logs lie: the SIEM keeps from March on, exported files hold what is older and what it never took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from lab.elastic.victim import SENSORS
from lab.events import Event, Scene

KEPT_SINCE: Final = datetime(2023, 3, 1, tzinfo=UTC)  # what the SIEM's retention has left
EXPORTED_UNTIL: Final = datetime(2023, 3, 15, tzinfo=UTC)  # the export ran late: two weeks lie in both
SHIPPED: Final = frozenset(SENSORS)


def in_siem(scenes: Sequence[Scene]) -> Iterator[Scene]:
    """Yield what the SIEM still has, as far as its sensors ship to it."""
    return (scene for scene in scenes if scene.event.time >= KEPT_SINCE)


def in_files(event: Event, source: str) -> bool:
    """Tell whether the exported files of a source hold an event."""
    return source not in SHIPPED or event.time < EXPORTED_UNTIL
