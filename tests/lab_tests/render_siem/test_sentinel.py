"""Facts of the Sentinel sources: tables, columns and words as Microsoft's pages and parsers have them."""

from __future__ import annotations

from html import unescape
from xml.etree import ElementTree as ET

import pytest

from lab.render.siem import (
    sentinel_asim,
    sentinel_csl,
    sentinel_dns_events,
    sentinel_security_event,
    sentinel_sysmon_event,
    sentinel_xdr,
)
from lab.render.siem.labelled import Row
from lab_tests.render_siem.labels import (
    ACCESS,
    CONNECTION,
    DELETE,
    DNS,
    FILE,
    IMAGE,
    MD5,
    PIPE,
    PROCESS,
    PROXY,
    QUERY,
    REGISTRY,
    SERVED,
    SHA256,
    TASK,
    VERDICT,
    Label,
    pack_events,
)
from lab_tests.render_siem.shape import shape

XMLNS = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def xdr(label: Label) -> Row | None:
    return sentinel_xdr.render(label.event, label.logsource)


@pytest.mark.parametrize(
    ("label", "table", "action"),
    [
        (PROCESS, "DeviceProcessEvents", "ProcessCreated"),
        (IMAGE, "DeviceImageLoadEvents", "ImageLoaded"),
        (FILE, "DeviceFileEvents", "FileCreated"),
        (DELETE, "DeviceFileEvents", "FileDeleted"),
        (REGISTRY, "DeviceRegistryEvents", "RegistryValueSet"),
        (CONNECTION, "DeviceNetworkEvents", "ConnectionSuccess"),
        (QUERY, "DeviceEvents", "DnsQueryResponse"),
        (DNS, "DeviceNetworkEvents", "DnsConnectionInspected"),
    ],
)
def test_each_event_lies_in_its_table_with_its_action(label: Label, table: str, action: str) -> None:
    """A query names one table: what lies in another is never found."""
    shape(xdr(label), Type=table, ActionType=action)


def test_a_process_of_defender_has_paths_with_names_and_lower_case_digests() -> None:
    """As in the raw records: FolderPath ends in the file's name, the initiating process's path is lower case."""
    shape(
        xdr(PROCESS),
        FileName="runs.exe",
        FolderPath="C:\\Apps\\Image1\\runs.exe",
        MD5=MD5,
        SHA256=SHA256,
        ProcessId=4711,
        ProcessCommandLine='"runs.exe" --command2',
        ProcessIntegrityLevel="High",
        ProcessVersionInfoCompanyName="Company6",
        ProcessVersionInfoProductName="Product5",
        ProcessVersionInfoProductVersion=None,
        AccountName="b.lindqvist",
        AccountDomain="larkspur",
        InitiatingProcessFileName="starts.exe",
        InitiatingProcessFolderPath="c:\\apps\\parent9\\starts.exe",
        InitiatingProcessCommandLine="starts.exe --command10",
        InitiatingProcessId=4713,
        LogonId=0x3E7F1,
        TimeGenerated="2023-03-21T05:54:54.412Z",
    )


def test_the_process_that_acts_is_the_initiating_one() -> None:
    """Sigma's Image is the new process of process_creation and the acting one of everything else."""
    for label in (IMAGE, FILE, DELETE, REGISTRY, CONNECTION, QUERY):
        shape(xdr(label), InitiatingProcessFolderPath="c:\\apps\\image1\\runs.exe", InitiatingProcessId=4711)


def test_local_and_remote_turn_round_with_who_began() -> None:
    """The tables have no source and destination: of an accepted connection the source is remote."""
    begun, taken = (
        xdr(CONNECTION),
        sentinel_xdr.render(dict(CONNECTION.event) | {"Initiated": "false"}, CONNECTION.logsource),
    )

    shape(
        begun, RemoteIP="198.51.100.7", RemotePort=8443, RemoteUrl="www.pbxsources.com", LocalPort=50123, Protocol="Tcp"
    )
    shape(taken, ActionType="InboundConnectionAccepted", RemoteIP="10.20.4.41", LocalIP="198.51.100.7", LocalPort=8443)


def test_the_name_asked_is_in_additional_fields() -> None:
    """There is no column for it in DeviceEvents; AdditionalFields is dynamic."""
    row = xdr(QUERY)

    assert row is not None
    assert {"DnsQueryString": "www.msedgepackageinfo.com", "DnsQueryResult": '[{"Result": "198.51.100.7"}]'} == row[
        "AdditionalFields"
    ]


def test_a_registry_key_has_its_hive_in_full_and_numbers_are_decimal() -> None:
    """Sysmon writes HKLM and DWORD (0x...), Defender does not."""
    service = "HKLM\\System\\CurrentControlSet\\Services\\x\\Start"
    event = dict(REGISTRY.event) | {"TargetObject": service, "Details": "DWORD (0x00000010)"}
    number = sentinel_xdr.render(event, REGISTRY.logsource)

    shape(
        number,
        RegistryKey="HKEY_LOCAL_MACHINE\\System\\ControlSet001\\Services\\x",
        RegistryValueName="Start",
        RegistryValueData="16",
        RegistryValueType="Dword",
    )


def test_defender_on_macos_lowers_the_acting_process_s_path_and_sees_no_names_asked() -> None:
    """As in the raw record of a Mac's connection; a DNS event of a process is Windows' own."""
    event = {"Image": "/Applications/A.app/B", "TargetFilename": "/Users/x/C"}

    row = sentinel_xdr.render(event, "macos/file_event/*")

    shape(row, InitiatingProcessFolderPath="/applications/a.app/b", FolderPath="/Users/x/C")
    assert sentinel_xdr.render({"QueryName": "a.b"}, "macos/dns_query/*") is None


def test_event_data_of_every_sysmon_row_is_xml_with_double_quotes_in_its_frame() -> None:
    """Microsoft's parser reads <Data Name="...">; the older agent has a DataItem around it, the newer has not."""
    for label in pack_events():
        row = sentinel_sysmon_event.render(label.event, label.logsource)
        bare = sentinel_sysmon_event.without_frame(label.event, label.logsource)
        if row is None or bare is None:
            continue
        framed, plain = ET.fromstring(str(row["EventData"])), ET.fromstring(str(bare["EventData"]))
        told = {one.get("Name"): one.text for one in framed.iter(f"{XMLNS}Data")}
        assert told == {one.get("Name"): one.text for one in plain.iter(f"{XMLNS}Data")}
        assert label.event["Image"] == told["Image"]
        assert f'<Data Name="Image">{label.event["Image"]}</Data>' in unescape(str(bare["EventData"]))
        shape(row, Source="Microsoft-Windows-Sysmon", EventLog="Microsoft-Windows-Sysmon/Operational")


def test_a_sysmon_event_has_its_number_and_its_message() -> None:
    """EventID is a number in this table, text in Elastic's."""
    row = sentinel_sysmon_event.render(QUERY.event, QUERY.logsource)

    shape(row, Type="Event", EventID=22, EventLevelName="Information", Computer="ws-041.example.org")
    assert row is not None
    assert "QueryName: www.msedgepackageinfo.com" in str(row["RenderedDescription"])


def test_security_event_has_windows_names_and_the_agent_s() -> None:
    """Ids are hexadecimal text, the label is a SID, Account is domain and name."""
    shape(
        sentinel_security_event.render(PROCESS.event, PROCESS.logsource),
        Type="SecurityEvent",
        EventID=4688,
        NewProcessName="C:\\Apps\\Image1\\runs.exe",
        NewProcessId="0x1267",
        ParentProcessName="C:\\Apps\\Parent9\\starts.exe",
        Process="runs.exe",
        CommandLine='"runs.exe" --command2',
        Account="LARKSPUR\\b.lindqvist",
        SubjectUserName="b.lindqvist",
        MandatoryLabel="S-1-16-12288",
    )


def test_security_event_holds_no_names_asked_and_other_ids_with_their_types() -> None:
    """LogonType is a number there, as the table declares."""
    logon = sentinel_security_event.render({"EventID": 4624, "LogonType": "3", "NoColumn": "x"}, "windows/*/security")

    shape(logon, EventID=4624, LogonType=3, NoColumn=None)
    assert sentinel_security_event.render(QUERY.event, QUERY.logsource) is None


def test_what_has_no_column_in_security_event_is_in_its_xml() -> None:
    """A task's definition is escaped there; an event that fits the columns has no XML."""
    row = sentinel_security_event.render(TASK.event, TASK.logsource)

    assert row is not None
    told = {one.get("Name"): one.text for one in ET.fromstring(str(row["EventData"]))}
    assert TASK.event["TaskContent"] == told["TaskContent"]
    assert "&lt;Task&gt;" in str(row["EventData"])
    shape(sentinel_security_event.render(ACCESS.event, ACCESS.logsource), EventData=None, AccessMask="0x1")


def test_a_pipe_s_name_has_the_device_before_it() -> None:
    """Sysmon writes what comes after \\Device\\NamedPipe."""
    row = xdr(PIPE)

    shape(row, Type="DeviceEvents", ActionType="NamedPipeEvent", InitiatingProcessFileName="runs.exe")
    assert row is not None
    assert {"PipeName": "\\Device\\NamedPipe\\pipe2.of.a.kind"} == row["AdditionalFields"]


def test_a_verdict_has_its_file_in_columns_and_its_name_in_additional_fields() -> None:
    """Microsoft's sample query reads FolderPath, FileName and ThreatName."""
    row = xdr(VERDICT)

    shape(row, Type="DeviceEvents", ActionType="AntivirusDetection", FileName="made.dll")
    assert row is not None
    assert {"ThreatName": "Trojan:Win64/Threat2"} == row["AdditionalFields"]


def test_a_served_request_is_a_path_in_asim() -> None:
    """A web server does not name its host."""
    shape(
        sentinel_asim.render(SERVED.event, SERVED.logsource),
        EventType="WebServerSession",
        Url="/path2/made.msi?q=3",
        EventResultDetails="206",
        HttpHost=None,
    )


def test_asim_dns_has_codes_as_numbers_and_names() -> None:
    """Zeek's NXDOMAIN and Sysmon's 9003 are both 3."""
    network = sentinel_asim.render(dict(DNS.event) | {"rcode_name": "NXDOMAIN"}, DNS.logsource)
    process = sentinel_asim.render(dict(QUERY.event) | {"QueryStatus": "9003"}, QUERY.logsource)

    for row in (network, process):
        shape(row, Type="ASimDnsActivityLogs", DnsResponseCode=3, EventResultDetails="NXDOMAIN", EventResult="Failure")
    shape(network, DnsQueryType=28, DnsQueryTypeName="AAAA", SrcIpAddr="10.20.4.41", NetworkProtocol="UDP")
    shape(process, SrcProcessName="C:\\Apps\\Image1\\runs.exe", SrcUsername="LARKSPUR\\b.lindqvist")


def test_asim_splits_a_name_into_host_and_domain() -> None:
    """DstHostname is the first label only: a domain rule must read DstFQDN."""
    shape(
        sentinel_asim.render(CONNECTION.event, CONNECTION.logsource),
        Type="ASimNetworkSessionLogs",
        DstFQDN="www.pbxsources.com",
        DstHostname="www",
        DstDomain="pbxsources.com",
        DstIpAddr="198.51.100.7",
        DstPortNumber=8443,
        NetworkDirection="Outbound",
        NetworkProtocol="TCP",
        SrcAppName="C:\\Apps\\Image1\\runs.exe",
        SrcProcessName=None,
    )


def test_the_functions_add_aliases_the_tables_have_not() -> None:
    """A query that reads Domain or SrcProcessName works on the function only."""
    name = sentinel_asim.function(QUERY.event, QUERY.logsource)
    session = sentinel_asim.function(CONNECTION.event, CONNECTION.logsource)

    shape(name, Domain="www.msedgepackageinfo.com", DnsResponseCodeName="NOERROR", EventSchema="Dns")
    shape(
        session, SrcProcessName="C:\\Apps\\Image1\\runs.exe", User="LARKSPUR\\b.lindqvist", EventSchema="NetworkSession"
    )


def test_a_web_session_has_the_whole_address_and_no_cookie() -> None:
    """The schema has no field for cookies; CommonSecurityLog has."""
    asim, csl = (one.render(PROXY.event, PROXY.logsource) for one in (sentinel_asim, sentinel_csl))

    shape(
        asim,
        Type="ASimWebSessionLogs",
        Url="https://www.pbxsources.com/exchange?q=2",
        HttpUserAgent="Agent3/1.0",
        HttpRequestMethod="POST",
        EventResultDetails="201",
        DstFQDN="www.pbxsources.com",
    )
    shape(
        csl,
        Type="CommonSecurityLog",
        RequestURL="https://www.pbxsources.com/exchange?q=2",
        RequestCookies="__tutma=4",
        RequestClientApplication="Agent3/1.0",
        RequestMethod="POST",
        DestinationHostName="www.pbxsources.com",
        SourceIP="10.20.4.41",
        EventOutcome="201",
    )
    assert "__tutma" not in str(asim)


def test_a_firewall_s_row_has_ports_as_numbers() -> None:
    """CommonSecurityLog is also the firewalls' table."""
    row = sentinel_csl.render({"dst_ip": "198.51.100.7", "dst_port": "443", "action": "deny"}, "*/firewall/*")

    shape(row, DestinationIP="198.51.100.7", DestinationPort=443, DeviceAction="deny", RequestURL=None)


def test_dns_events_has_the_type_as_a_number_in_text() -> None:
    """Microsoft's parser looks the name up by the number; the server is Computer."""
    shape(
        sentinel_dns_events.render(DNS.event, DNS.logsource),
        Type="DnsEvents",
        Name="www.msedgepackageinfo.com",
        ClientIP="10.20.4.41",
        QueryType="28",
        ResultCode=0,
        IPAddresses="2001:db8::7",
        EventId=257,
    )
    assert sentinel_dns_events.render(QUERY.event, QUERY.logsource) is None
