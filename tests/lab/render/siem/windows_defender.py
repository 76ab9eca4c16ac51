"""Defender Antivirus' own event channel: names of its data as the event manifest has them, shared by its sources.

Names (with spaces) from the events published in splunk/security_content, data_sources/windows_event_log_defender_{1117,5007}.yml
and in elastic/integrations packages/windows/data_stream/windows_defender/sample_event.json. Sigma writes them without spaces.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import Labelled, spelt

CHANNEL: Final = "Microsoft-Windows-Windows Defender/Operational"
PROVIDER: Final = "Microsoft-Windows-Windows Defender"
GUID: Final = "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}"
SPACED: Final = {
    "ThreatName": "Threat Name",
    "ProcessName": "Process Name",
    "SourceName": "Source Name",
    "OldValue": "Old Value",
    "NewValue": "New Value",
}
HEAD: Final = frozenset({"EventID", "Channel", "Hostname", "Computer", "Provider_Name", "@timestamp", "UtcTime"})


def defender_data(seen: Labelled) -> dict[str, str]:
    """Return an event's data under the manifest's names."""
    return {SPACED.get(name, name): spelt(value) for name, value in seen.says.items() if name not in HEAD}


def event_id(seen: Labelled) -> str:
    return str(seen.says.get("EventID", 1116))
