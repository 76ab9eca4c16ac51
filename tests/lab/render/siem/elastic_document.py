"""What every document has, whatever pipeline it came through: id, the event's own time and when it was taken in."""

from __future__ import annotations

from datetime import timedelta

from lab.render.siem.labelled import Labelled, Row
from lab.render.words import zulu

BEHIND = timedelta(seconds=3)  # Fleet's final pipeline and Winlogbeat's routing pipeline set event.ingested


def document(seen: Labelled) -> Row:
    return {
        "_id": f"{seen.kind}-{seen.number:08x}",
        "@timestamp": zulu(seen.time),
        "event.ingested": zulu(seen.time + BEHIND),
        "event.kind": "event",
    }
