"""Sysmon in the workspace table Event, as the Log Analytics and Azure Monitor agents write it.

Columns from the table's page (sentinel_schema.py). EventData is XML with attributes in double quotes, as the parser
Azure/Azure-Sentinel Parsers/ASimDns/Parsers/ASimDnsMicrosoftSysmon.yaml reads it (`<Data Name="(\\w+)">`): in the older
agent's DataItem frame (`render`) or as it is (`without_frame`). ParameterXml has the values in order, without names.
Public parsers read DataItem.EventData.Data
(OTRF/OSSEM). No field has a column of its own. Sysmon writes every field of an event; here one the label does not say
is left out, so fields must be read by name, not by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from lab.render.siem.labelled import Event, Labelled, Row, read
from lab.render.siem.sysmon_data import rendered, sysmon_data
from lab.render.sysmon import CHANNEL, PROVIDER
from lab.render.words import zulu

LOST: Final[Mapping[str, str]] = {}  # Sysmon's own fields are all there, under their own names
HEALTH_SERVICE: Final = "5c1d6f0a-0000-4000-8000-2d9a3c51e7aa"  # made up
XMLNS: Final = "http://schemas.microsoft.com/win/2004/08/events/event"


def render(event: Event, logsource: str) -> Row | None:
    """Render a row with the DataItem frame around EventData, or None for what Sysmon does not see."""
    seen = read(event, logsource)
    row = _row(seen)
    if row is None:
        return None
    frame = f'<DataItem type="System.XmlData" time="{zulu(seen.time)}" sourceHealthServiceId="{HEALTH_SERVICE}">'
    return row | {"EventData": f"{frame}{row['EventData']}</DataItem>"}


def without_frame(event: Event, logsource: str) -> Row | None:
    """Render a row with EventData as the event has it, or None for what Sysmon does not see."""
    return _row(read(event, logsource))


def _row(seen: Labelled) -> Row | None:
    found = sysmon_data(seen)
    if found is None:
        return None
    event_id, data = found
    told = "".join(f'<Data Name="{name}">{escape(value)}</Data>' for name, value in data.items())
    return {
        "TimeGenerated": zulu(seen.time),
        "Type": "Event",
        "Computer": seen.host,
        "EventCategory": event_id,
        "EventData": f'<EventData xmlns="{XMLNS}">{told}</EventData>',
        "EventID": event_id,
        "EventLevel": 4,
        "EventLevelName": "Information",
        "EventLog": CHANNEL,
        "ParameterXml": "".join(f"<Param>{escape(value)}</Param>" for value in data.values()),
        "RenderedDescription": rendered(event_id, data),
        "Source": PROVIDER,
        "UserName": "NT AUTHORITY\\SYSTEM",
    }
