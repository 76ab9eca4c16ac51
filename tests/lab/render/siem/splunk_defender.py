"""Defender Antivirus' channel in Splunk by the Splunk Add-on for Microsoft Windows (10.1.2), as XML.

Written from splunk/security_content, data_sources/windows_event_log_defender_{1117,5007}.yml (fields, events as indexed): a
space in a name becomes `_`, the provider's name is Name. `source` as an input with renderXml = 1 has it by the add-on's
transform (XmlWinEventLog:<channel>); those files say WinEventLog:<channel>, which is the name without the transform.
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import Event, Row, read
from lab.render.siem.splunk_event import indexed, windows_system, windows_xml
from lab.render.siem.splunk_windows import INDEX
from lab.render.siem.windows_defender import CHANNEL, GUID, PROVIDER, defender_data, event_id
from lab.render.siem.windows_security import NEVER as NOT_SECURITY

NEVER: Final = {name: why for name, why in NOT_SECURITY.items() if name != "windefend"} | {
    "process": "another channel",
    "security": "another channel",
}


def render(event: Event, logsource: str) -> Row | None:
    """Render an event of Defender's channel, or None for any other."""
    seen = read(event, logsource)
    if seen.kind != "windefend":
        return None
    data = defender_data(seen)
    system = {
        "Name": PROVIDER,
        "Guid": GUID,
        "EventID": event_id(seen),
        "Version": "0",
        "Level": "4",
        "Task": "0",
        "Keywords": "0x8000000000000000",
        "Channel": CHANNEL,
    }
    raw = windows_xml(seen, system, data)
    base = indexed(seen, INDEX, source=f"XmlWinEventLog:{CHANNEL}", sourcetype="XmlWinEventLog", raw=raw)
    own = {name.replace(" ", "_"): value for name, value in data.items()}
    return base | windows_system(seen, system) | own | {"dvc": seen.host, "vendor_product": "Microsoft Windows"}
