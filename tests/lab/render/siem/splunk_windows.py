"""Windows Security in Splunk by the Splunk Add-on for Microsoft Windows (10.0.1), as XML and as classic text.

XML (`render`): source XmlWinEventLog:Security, sourcetype XmlWinEventLog; written from splunk/security_content,
data_sources/windows_event_log_security_4688.yml (fields, mapping, an event as indexed).
Classic (`classic`): source WinEventLog:Security, sourcetype WinEventLog; fields are the labels of Windows' own message
(https://learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-4688),
a space written as `_`, a label that comes twice as two values.

| Sigma | XML | classic |
|---|---|---|
| Image | NewProcessName | New_Process_Name |
| ParentImage | ParentProcessName | Creator_Process_Name |
| CommandLine | CommandLine, Process_Command_Line | Process_Command_Line |
| User | SubjectDomainName, SubjectUserName | Account_Domain, Account_Name (subject, then target) |
| ProcessId, ParentProcessId | NewProcessId, ProcessId (hexadecimal) | New_Process_ID, Creator_Process_ID |
| IntegrityLevel | MandatoryLabel (its name) | Mandatory_Label |
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import Event, Labelled, Row, filled, read
from lab.render.siem.splunk_event import indexed, windows_system, windows_xml
from lab.render.siem.windows_security import security_data
from lab.render.words import file_name

INDEX: Final = "wineventlog"


def render(event: Event, logsource: str) -> Row | None:
    """Render a Security event from an input with renderXml=1, or None for what Security does not audit."""
    seen = read(event, logsource)
    data = security_data(seen)
    if data is None:
        return None
    system = _system(seen)
    raw = windows_xml(seen, system, data)
    base = indexed(seen, INDEX, source="XmlWinEventLog:Security", sourcetype="XmlWinEventLog", raw=raw)
    row = base | windows_system(seen, system) | data | {"dest": seen.host, "vendor_product": "Microsoft Windows"}
    return row | filled(_aliases(seen, data)) if seen.kind == "process" else row


def classic(event: Event, logsource: str) -> Row | None:
    """Render a process creation from an input with renderXml=0, or None for what has no such message here."""
    seen = read(event, logsource)
    data = security_data(seen)
    if data is None or seen.kind != "process":
        return None
    named = filled(_labels(data))
    raw = "\n".join(["LogName=Security", "EventCode=4688", *(f"{name}={value}" for name, value in named.items())])
    base = indexed(seen, INDEX, source="WinEventLog:Security", sourcetype="WinEventLog", raw=raw)
    own = {"EventCode": "4688", "LogName": "Security", "ComputerName": seen.host, "Keywords": "Audit Success"}
    told = {"TaskCategory": "Process Creation", "SourceName": "Microsoft Windows security auditing.", "dest": seen.host}
    return base | own | told | named | filled(_aliases(seen, data))


def _system(seen: Labelled) -> dict[str, str]:
    told = str(seen.says.get("EventID", 4688)) if seen.kind == "security" else "4688"
    return {
        "Name": "Microsoft-Windows-Security-Auditing",
        "Guid": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
        "EventID": told,
        "Version": "2",
        "Level": "0",
        "Task": "13312",
        "Keywords": "0x8020000000000000",
        "Channel": "Security",
    }


def _aliases(seen: Labelled, data: dict[str, str]) -> Row:
    image, parent = data.get("NewProcessName"), data.get("ParentProcessName")
    return {
        "action": "allowed",
        "signature": "A new process has been created",
        "signature_id": "4688",
        "event_id": str(seen.number),
        "dvc": seen.host,
        "user": data.get("SubjectUserName"),
        "src_user": data.get("SubjectUserName"),
        "Caller_User_Name": data.get("SubjectUserName"),
        "Caller_Domain": data.get("SubjectDomainName"),
        "src_nt_domain": data.get("SubjectDomainName"),
        "Process_Command_Line": data.get("CommandLine"),
        "process": data.get("CommandLine"),
        "process_path": image,
        "process_name": image and file_name(image),
        "process_exec": image and file_name(image),
        "process_id": data.get("NewProcessId"),
        "new_process": image,
        "new_process_id": data.get("NewProcessId"),
        "new_process_name": image and file_name(image),
        "parent_process": parent,
        "parent_process_path": parent,
        "parent_process_name": parent and file_name(parent),
        "parent_process_id": data.get("ProcessId"),
    }


def _labels(data: dict[str, str]) -> Row:
    return {
        "Account_Name": [data.get("SubjectUserName", "-"), data["TargetUserName"]],
        "Account_Domain": [data.get("SubjectDomainName", "-"), data["TargetDomainName"]],
        "Logon_ID": [data.get("SubjectLogonId", "0x0"), data["TargetLogonId"]],
        "New_Process_ID": data.get("NewProcessId"),
        "New_Process_Name": data.get("NewProcessName"),
        "Creator_Process_ID": data.get("ProcessId"),
        "Creator_Process_Name": data.get("ParentProcessName"),
        "Mandatory_Label": data.get("MandatoryLabel"),
    }
