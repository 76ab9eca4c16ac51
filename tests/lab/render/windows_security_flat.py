"""Windows Security 4688 as flat JSON from a shipper that writes the channel in lower case."""

from __future__ import annotations

from datetime import timedelta

from lab.events import Event, ProcessStart
from lab.hosts import COMPANY, DOMAIN
from lab.render.words import Record, spaced, zulu

LOCAL = timedelta(hours=1)


def security(event: Event, *, number: int) -> Record | None:
    """Render a process start; Security knows no hash and no version."""
    if not isinstance(event, ProcessStart):
        return None
    user = event.process.user.rpartition("\\")[2]
    return {
        "@timestamp": zulu(event.time),
        "@version": "1",
        "EventTime": spaced(event.time + LOCAL)[:-4],
        "Hostname": f"{event.host.name}.{COMPANY}",
        "host": f"wec.{COMPANY}",
        "Channel": "security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "ProviderGuid": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
        "EventID": 4688,
        "EventType": "AUDIT_SUCCESS",
        "Category": "Process Creation",
        "Severity": "INFO",
        "SeverityValue": 2,
        "Keywords": -9214364837600034816,
        "Task": 13312,
        "RecordNumber": number,
        "Message": "A new process has been created.",
        "SubjectUserSid": "S-1-5-21-3140987116-517580383-2541594433-1104",
        "SubjectUserName": user,
        "SubjectDomainName": DOMAIN,
        "SubjectLogonId": "0x3673c",
        "NewProcessId": hex(event.process.pid),
        "NewProcessName": event.process.program.path,
        "TokenElevationType": "%%1938",
        "ProcessId": hex(event.parent.pid),
        "CommandLine": event.process.command,
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": event.parent.program.path,
        "MandatoryLabel": "S-1-16-8192",
    }
