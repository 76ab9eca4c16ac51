"""Windows Security and Defender Antivirus in Elasticsearch, by Elastic Agent (`agent`) and Winlogbeat (`winlogbeat`).

Written from elastic/integrations, packages/system/data_stream/security/_dev/test/pipeline/test-{4663,4702-*}.json-expected.json
and packages/windows/data_stream/windows_defender (default.yml, its test outputs, sample_event.json):
- data stay under winlog.event_data by the manifest's names, a space written as `_`; AccessMask becomes a list;
- of scheduled tasks (4698 to 4702) the subject is the user;
- the Defender pipeline copies Path to file.path without what stands before `:_`, and moves Process_Name to
  process.executable. Winlogbeat has no pipeline for that channel.
Not rendered: 4688 and other events of the log, descriptions of masks and lists, winlog.scheduled_task, related.*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lab.render.siem.elastic_document import document
from lab.render.siem.labelled import Event, Labelled, Row, filled, read
from lab.render.siem.windows_defender import CHANNEL, PROVIDER, defender_data, event_id
from lab.render.siem.windows_security import NEVER as NOT_SECURITY
from lab.render.siem.windows_security import security_data
from lab.render.words import file_name

NEVER: Final = {name: why for name, why in NOT_SECURITY.items() if name != "windefend"} | {
    "process": "4688 is not rendered for Elasticsearch",
}
DATASETS: Final = {"security": "system.security", "windefend": "windows.windows_defender"}
TASKS: Final = frozenset({"4698", "4699", "4700", "4701", "4702"})


def agent(event: Event, logsource: str) -> Row | None:
    """Render a document of logs-system.security-* or logs-windows.windows_defender-*, or None for other events."""
    seen = read(event, logsource)
    if seen.kind not in DATASETS:
        return None
    dataset = DATASETS[seen.kind]
    place = {"data_stream.dataset": dataset, "data_stream.type": "logs", "data_stream.namespace": "default"}
    row = _document(seen) | place | {"agent.type": "filebeat", "event.dataset": dataset}
    return _verdict(row) if seen.kind == "windefend" else row


def winlogbeat(event: Event, logsource: str) -> Row | None:
    """Render a document of winlogbeat-*, or None for other events."""
    seen = read(event, logsource)
    return _document(seen) | {"agent.type": "winlogbeat"} if seen.kind in DATASETS else None


def _document(seen: Labelled) -> Row:
    security = seen.kind == "security"
    data = (security_data(seen) if security else defender_data(seen)) or {}
    code = str(seen.says.get("EventID")) if security else event_id(seen)
    provider = "Microsoft-Windows-Security-Auditing" if security else PROVIDER
    return document(seen) | {
        "event.code": code,
        "event.provider": provider,
        "host.name": seen.host,
        "winlog.channel": "Security" if security else CHANNEL,
        "winlog.computer_name": seen.host,
        "winlog.event_id": code,
        "winlog.provider_name": provider,
        "winlog.record_id": str(seen.number),
        **(_user(data) if code in TASKS else {}),
        **{f"winlog.event_data.{name.replace(' ', '_')}": _listed(name, value) for name, value in data.items()},
    }


def _listed(name: str, value: str) -> str | list[str]:
    return [value] if name == "AccessMask" else value


def _user(data: Mapping[str, str]) -> Row:
    return filled({"user.domain": data.get("SubjectDomainName"), "user.name": data.get("SubjectUserName")})


def _verdict(row: Row) -> Row:
    moved = dict(row)
    program = moved.pop("winlog.event_data.Process_Name", None)
    path = moved.get("winlog.event_data.Path")
    bare = None if path is None else re.sub(".*:_", "", str(path))
    return moved | filled({"process.executable": program, "file.path": bare, "file.name": bare and file_name(bare)})
