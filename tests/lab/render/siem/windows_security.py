"""Windows Security's event 4688 as Windows writes it, shared by the sources that carry the Security log.

Fields from https://learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-4688
"""

from __future__ import annotations

from typing import Final

from lab.render.siem.labelled import ENDPOINT, Labelled, account, number, spelt, text

_NO_PLACE: Final = "4688 has no such field"
NEVER: Final = dict.fromkeys(ENDPOINT - {"process"}, "Security audits no such thing") | {
    "macos": "a Windows event log",
    "dns": "a Windows event log",
    "proxy": "a Windows event log",
    "firewall": "a Windows event log",
    "linux": "a Windows event log",
    "windefend": "another channel",
    "antivirus": "a Windows event log",
    "server": "a Windows event log",
    "conn": "a Windows event log",
    "http": "a Windows event log",
}
LOST: Final = dict.fromkeys(
    ("Hashes", "FileVersion", "Product", "Company", "Description", "OriginalFileName", "ParentCommandLine"), _NO_PLACE
) | {"CurrentDirectory": _NO_PLACE, "ProcessGuid": _NO_PLACE, "ParentProcessGuid": _NO_PLACE, "ParentUser": _NO_PLACE}


def security_data(seen: Labelled) -> dict[str, str] | None:
    """Return 4688's EventData as text, or what an event of another id says of itself under Windows' own names."""
    if seen.kind == "security":
        mine = {"EventID", "Channel", "Hostname", "Computer", "Provider_Name", "@timestamp", "UtcTime"}
        return {name: spelt(value) for name, value in seen.says.items() if name not in mine}
    if seen.kind != "process" or seen.system != "windows":
        return None
    domain, name = account(seen, "User")
    found = {
        "SubjectUserName": name,
        "SubjectDomainName": domain,
        "SubjectLogonId": text(seen, "LogonId"),
        "NewProcessId": _hexadecimal(number(seen, "ProcessId")),
        "NewProcessName": text(seen, "Image"),
        "ProcessId": _hexadecimal(number(seen, "ParentProcessId")),
        "CommandLine": text(seen, "CommandLine"),
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": text(seen, "ParentImage"),
        "MandatoryLabel": _label(text(seen, "IntegrityLevel")),
    }
    return {name: value for name, value in found.items() if value is not None}


def _label(level: str | None) -> str | None:
    return None if level is None else f"Mandatory Label\\{level.capitalize()} Mandatory Level"


def _hexadecimal(value: int | None) -> str | None:
    return None if value is None else hex(value)
