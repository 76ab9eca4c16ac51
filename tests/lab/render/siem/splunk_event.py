"""What Splunk itself adds to every event: index time and place, source, and Windows' XML as the forwarder sends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from xml.sax.saxutils import escape

from lab.render.siem.labelled import Labelled, Row
from lab.render.words import zulu

BEHIND = timedelta(seconds=2)  # from event to index
BUCKET = "7~5C1D6F0A-0000-4000-8000-2D9A3C51E7AA"  # made up


def indexed(seen: Labelled, index: str, *, source: str, sourcetype: str, raw: str) -> Row:
    """Return the default fields as the REST interface writes them: every value is text."""
    return {
        "_time": _iso(seen, timedelta()),
        "_indextime": str(int((seen.time + BEHIND).timestamp())),
        "_bkt": f"{index}~{BUCKET}",
        "_cd": f"7:{seen.number}",
        "_raw": raw,
        "index": index,
        "host": seen.host.partition(".")[0],
        "source": source,
        "sourcetype": sourcetype,
    }


def windows_xml(seen: Labelled, system: Mapping[str, str], data: Mapping[str, str]) -> str:
    """Write an event with renderXml=1: one line, attributes in single quotes."""
    told = "".join(f"<Data Name='{name}'>{escape(value)}</Data>" for name, value in data.items())
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{system['Name']}' Guid='{system['Guid']}'/><EventID>{system['EventID']}</EventID>"
        f"<Version>{system['Version']}</Version><Level>{system['Level']}</Level><Task>{system['Task']}</Task>"
        f"<Opcode>0</Opcode><Keywords>{system['Keywords']}</Keywords>"
        f"<TimeCreated SystemTime='{zulu(seen.time)}'/><EventRecordID>{seen.number}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='2940' ThreadID='3376'/><Channel>{system['Channel']}</Channel>"
        f"<Computer>{escape(seen.host)}</Computer><Security/></System><EventData>{told}</EventData></Event>"
    )


def windows_system(seen: Labelled, system: Mapping[str, str]) -> Row:
    """Return the fields the add-ons take from an event's System part."""
    return {
        **system,
        "EventCode": system["EventID"],
        "EventRecordID": str(seen.number),
        "RecordNumber": str(seen.number),
        "Opcode": "0",
        "SystemTime": zulu(seen.time),
        "Computer": seen.host,
    }


def _iso(seen: Labelled, late: timedelta) -> str:
    return (seen.time + late).isoformat(timespec="milliseconds")
