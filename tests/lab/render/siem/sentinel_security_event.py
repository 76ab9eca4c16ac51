"""Windows Security in the workspace table SecurityEvent: event 4688, and other ids by their own names.

Columns and types from the table's page (sentinel_schema.py), which are those of
https://learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-4688
with the agent's own beside them: Account, SubjectAccount (domain\\name), Process (the file's name), Activity.
MandatoryLabel keeps the SID; process ids are hexadecimal text. What has no column stands in EventData, where the whole event
is written as XML (Microsoft's rules for 4698, 4769 and 5136 read it there): `<Data Name="...">`, text escaped.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from lab.render.siem.labelled import Event, Labelled, Row, filled, read, text
from lab.render.siem.sentinel_schema import types
from lab.render.siem.windows_security import security_data
from lab.render.words import file_name, zulu

XMLNS: Final = "http://schemas.microsoft.com/win/2004/08/events/event"
LABELS: Final = {"low": "S-1-16-4096", "medium": "S-1-16-8192", "high": "S-1-16-12288", "system": "S-1-16-16384"}


def render(event: Event, logsource: str) -> Row | None:
    """Render a row, or None for what Security does not audit."""
    seen = read(event, logsource)
    data = security_data(seen)
    if data is None:
        return None
    row = _frame(seen) | filled(_typed(data) | _whole(data))
    return row | filled(_created(seen, data)) if seen.kind == "process" else row


def _frame(seen: Labelled) -> Row:
    told = seen.says.get("EventID", 4688) if seen.kind == "security" else 4688
    return {
        "TimeGenerated": zulu(seen.time),
        "Type": "SecurityEvent",
        "Channel": "Security",
        "Computer": seen.host,
        "EventID": int(str(told)),
        "EventSourceName": "Microsoft-Windows-Security-Auditing",
    }


def _typed(data: dict[str, str]) -> Row:
    """Keep what has a column, as the column's type."""
    kinds = types("SecurityEvent")
    kept = {name: value for name, value in data.items() if name in kinds}
    return {name: int(value, 0) if kinds[name] == "int" else value for name, value in kept.items()}


def _whole(data: dict[str, str]) -> Row:
    """Write the event as XML where some of it has no column."""
    if data.keys() <= types("SecurityEvent").keys():
        return {}
    told = "".join(f'<Data Name="{name}">{escape(value)}</Data>' for name, value in data.items())
    return {"EventData": f'<EventData xmlns="{XMLNS}">{told}</EventData>'}


def _created(seen: Labelled, data: dict[str, str]) -> Row:
    image, account = data.get("NewProcessName"), text(seen, "User")
    level = text(seen, "IntegrityLevel")
    return {
        "Account": account,
        "AccountType": "User",
        "Activity": "4688 - A new process has been created.",
        "MandatoryLabel": LABELS.get(level.lower()) if level else None,
        "Process": image and file_name(image),
        "SubjectAccount": account,
        "Task": 13312,
    }
