"""Column names and types of the workspace tables rendered here, as far as the lab fills them.

Facts from the column tables of MicrosoftDocs/azure-reference-other, azure-monitor-ref/tables/includes/*-include.md
(https://learn.microsoft.com/azure/azure-monitor/reference/tables-index). `Timestamp` is advanced hunting's name for what
the workspace's copy of a Device table calls TimeGenerated, so it is in no list.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_BY: Final = (
    "InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessCommandLine InitiatingProcessFileName "
    "InitiatingProcessFolderPath InitiatingProcessId:long "
)
_DEVICE: Final = "TimeGenerated:datetime Type ActionType DeviceName ReportId:long " + _BY
_FILE: Final = "FileName FolderPath MD5 SHA1 SHA256 "
_ASIM: Final = (
    "TimeGenerated:datetime Type EventCount:int EventStartTime:datetime EventEndTime:datetime EventType EventSubType "
    "EventResult EventResultDetails EventProduct EventVendor EventSchemaVersion EventSeverity EventOriginalUid "
    "Dvc DvcHostname DvcFQDN Src SrcIpAddr SrcPortNumber:int SrcUsername SrcUsernameType SrcHostname SrcFQDN "
    "Dst DstIpAddr DstPortNumber:int DvcAction NetworkProtocol "
)
_DST: Final = (
    "DstHostname DstFQDN DstDomain DstDomainType NetworkDirection NetworkApplicationProtocol SrcAppName SrcAppType "
)

COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DeviceProcessEvents": _DEVICE
        + _FILE
        + "AccountDomain AccountName AdditionalFields:dynamic LogonId:long ProcessCommandLine ProcessId:long "
        "ProcessIntegrityLevel "
        "ProcessVersionInfoCompanyName ProcessVersionInfoFileDescription ProcessVersionInfoOriginalFileName "
        "ProcessVersionInfoProductName ProcessVersionInfoProductVersion",
        "DeviceImageLoadEvents": _DEVICE + _FILE,
        "DeviceFileEvents": _DEVICE + _FILE + "AdditionalFields:dynamic",
        "DeviceRegistryEvents": _DEVICE
        + "RegistryKey RegistryValueName RegistryValueData RegistryValueType PreviousRegistryKey PreviousRegistryValueName "
        "PreviousRegistryValueData",
        "DeviceNetworkEvents": _DEVICE
        + "AdditionalFields:dynamic LocalIP LocalPort:int Protocol RemoteIP RemotePort:int RemoteUrl",
        "DeviceEvents": _DEVICE + _FILE + "AdditionalFields:dynamic",
        "Event": "TimeGenerated:datetime Type Computer EventCategory:int EventData EventID:int EventLevel:int EventLevelName "
        "EventLog ParameterXml RenderedDescription Source UserName",
        "SecurityEvent": "TimeGenerated:datetime Type Account AccountType Activity Channel CommandLine Computer EventData "
        "EventID:int EventSourceName MandatoryLabel NewProcessId NewProcessName ParentProcessName Process ProcessId "
        "ProcessName SubjectAccount SubjectDomainName SubjectLogonId SubjectUserName SubjectUserSid Task:int "
        "AccessMask ObjectServer TargetAccount TargetDomainName TargetUserName TokenElevationType LogonType:int IpAddress "
        "IpPort WorkstationName AuthenticationPackageName LogonProcessName ObjectName ObjectType ServiceName Status SubStatus",
        "ASimDnsActivityLogs": _ASIM
        + "DnsQuery DnsQueryType:int DnsQueryTypeName DnsResponseCode:int DnsResponseName SrcProcessId SrcProcessGuid "
        "SrcProcessName",
        "ASimNetworkSessionLogs": _ASIM + _DST,
        "ASimWebSessionLogs": _ASIM + _DST + "HttpHost HttpReferrer HttpRequestMethod HttpUserAgent Url",
        "DnsEvents": "TimeGenerated:datetime Type ClientIP Computer EventId:int IPAddresses Name QueryType Result "
        "ResultCode:int SubType",
        "CommonSecurityLog": "TimeGenerated:datetime Type Activity ApplicationProtocol Computer DestinationHostName "
        "DestinationIP DestinationPort:int DeviceAction DeviceProduct DeviceVendor EventOutcome LogSeverity Protocol "
        "RequestClientApplication RequestContext RequestCookies RequestMethod RequestURL SourceIP SourcePort:int "
        "SourceUserName",
    }
)


def types(table: str) -> Mapping[str, str]:
    """Return a table's column names with their Kusto types; a column without one is a string."""
    pairs = (word.partition(":") for word in COLUMNS[table].split())
    return {name: kind or "string" for name, _, kind in pairs}
