"""Facts of the Splunk sources: the vendors' names and words, as their published events and field lists have them."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from lab.render.siem import splunk_cim, splunk_defender, splunk_sysmon, splunk_windows, splunk_zeek
from lab.render.siem.labelled import Row
from lab_tests.render_siem.labels import (
    CONNECTION,
    DELETE,
    DETECTED,
    DNS,
    FILE,
    HASHES,
    IMAGE,
    PIPE,
    PROCESS,
    PROXY,
    QUERY,
    REGISTRY,
    SERVED,
    SHA256,
    STREAM,
    Label,
    pack_events,
)
from lab_tests.render_siem.shape import shape

NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def sysmon(label: Label) -> Row | None:
    return splunk_sysmon.render(label.event, label.logsource)


def cim(label: Label) -> Row | None:
    return splunk_cim.render(label.event, label.logsource)


def test_sysmon_lies_where_the_add_on_looks_for_it() -> None:
    """Every alias of the add-on hangs on this source; the sourcetype alone says nothing."""
    shape(
        sysmon(PROCESS),
        source="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
        sourcetype="XmlWinEventLog",
        EventCode="1",
        EventID="1",
        Computer="ws-041.example.org",
        host="ws-041",
        _time="2023-03-21T05:54:54.412+00:00",
        _indextime="1679378096",
    )


def test_the_raw_event_of_every_sysmon_row_says_what_its_fields_say() -> None:
    """Fields are extracted from the XML: a value that breaks it would not be extracted."""
    for label in pack_events():
        row = sysmon(label)
        if row is None:
            continue
        data = ET.fromstring(str(row["_raw"])).find(f"{NAMESPACE}EventData")
        assert data is not None
        told = {str(one.get("Name")): one.text or "" for one in data}
        assert told == {name: row[name] for name in told}


def test_sysmon_gives_a_hash_list_and_a_field_a_digest_in_the_case_it_was_written() -> None:
    """Hashes is searched with wildcards, the add-on's fields with equality."""
    row = sysmon(PROCESS)

    assert row is not None
    shape(row, MD5="A1" * 16, SHA1="B2" * 20, SHA256="C3" * 32, IMPHASH="D4" * 16, process_hash=row["Hashes"])


def test_a_hash_list_is_made_where_the_label_names_digests_alone() -> None:
    """Sigma's taxonomy has md5, sha1, sha256 and Imphash beside Hashes; Sysmon has the list only."""
    row = splunk_sysmon.render(
        {"Image": "C:\\a.exe", "md5": "ab" * 16, "Imphash": "cd" * 16}, "windows/process_creation/*"
    )

    shape(row, Hashes=f"MD5={'AB' * 16},IMPHASH={'CD' * 16}", MD5="ab" * 16)


def test_sysmon_has_the_cim_names_of_a_process() -> None:
    """They are what security_content's data source for event 1 lists."""
    shape(
        sysmon(PROCESS),
        process='"runs.exe" --command2',
        process_path="C:\\Apps\\Image1\\runs.exe",
        process_name="runs.exe",
        process_integrity_level="High",
        original_file_name="original8.exe",
        parent_process="starts.exe --command10",
        parent_process_name="starts.exe",
        parent_process_path="C:\\Apps\\Parent9\\starts.exe",
        user="b.lindqvist",
        action="allowed",
    )


@pytest.mark.parametrize(
    ("label", "code", "alias", "value"),
    [
        (CONNECTION, "3", "direction", "outbound"),
        (CONNECTION, "3", "dest", "www.pbxsources.com"),
        (IMAGE, "7", "loaded_file_path", "C:\\Apps\\Module2\\loaded.dll"),
        (IMAGE, "7", "service_dll_signature_verified", "true"),
        (FILE, "11", "action", "created"),
        (REGISTRY, "13", "registry_value_data", "Details4"),
        (QUERY, "22", "query", "www.msedgepackageinfo.com"),
        (QUERY, "22", "answer", ["::ffff:198.51.100.7"]),
        (DELETE, "23", "action", "deleted"),
    ],
)
def test_each_event_id_has_its_aliases(label: Label, code: str, alias: str, value: object) -> None:
    """An alias of another id would let a search of it match what the add-on never fills."""
    shape(sysmon(label), **{"EventCode": code, alias: value})


def test_deletions_keep_the_event_id_they_say() -> None:
    """Event 23 keeps a copy, 26 only logs: a population may be either."""
    shape(splunk_sysmon.render(dict(DELETE.event) | {"EventID": 26}, DELETE.logsource), EventCode="26")


def test_security_as_xml_and_as_text_name_the_same_things_differently() -> None:
    """A search for one shape finds nothing in the other but by the add-on's common names."""
    xml = splunk_windows.render(PROCESS.event, PROCESS.logsource)
    text = splunk_windows.classic(PROCESS.event, PROCESS.logsource)

    shape(
        xml,
        source="XmlWinEventLog:Security",
        EventCode="4688",
        NewProcessName="C:\\Apps\\Image1\\runs.exe",
        New_Process_Name=None,
        NewProcessId="0x1267",
        ProcessId="0x1269",
        SubjectUserName="b.lindqvist",
        MandatoryLabel="Mandatory Label\\High Mandatory Level",
        Process_Command_Line='"runs.exe" --command2',
        process_name="runs.exe",
    )
    shape(
        text,
        source="WinEventLog:Security",
        EventCode="4688",
        NewProcessName=None,
        New_Process_Name="C:\\Apps\\Image1\\runs.exe",
        Creator_Process_Name="C:\\Apps\\Parent9\\starts.exe",
        Account_Name=["b.lindqvist", "-"],
        Process_Command_Line='"runs.exe" --command2',
        process_name="runs.exe",
    )


def test_other_security_events_keep_their_own_fields() -> None:
    """Rules of the security service speak Windows' own names."""
    event = {"EventID": 4624, "LogonType": 3, "IpAddress": "10.0.0.7"}

    shape(splunk_windows.render(event, "windows/*/security"), EventCode="4624", LogonType="3", IpAddress="10.0.0.7")


@pytest.mark.parametrize(
    ("label", "model", "node"),
    [
        (PROCESS, "Endpoint", "Processes"),
        (FILE, "Endpoint", "Filesystem"),
        (DELETE, "Endpoint", "Filesystem"),
        (REGISTRY, "Endpoint", "Registry"),
        (CONNECTION, "Network_Traffic", "All_Traffic"),
        (QUERY, "Network_Resolution", "DNS"),
        (DNS, "Network_Resolution", "DNS"),
        (PROXY, "Web", "Web"),
    ],
)
def test_a_cim_row_says_in_which_dataset_it_lies(label: Label, model: str, node: str) -> None:
    """tstats reads one dataset: a row without its place would be found in all."""
    shape(cim(label), datamodel=model, nodename=node)


def test_the_model_has_the_process_of_a_file_and_a_key_and_none_of_a_name() -> None:
    """DNS knows no process: rules that need one cannot stand on the model. Filesystem and Registry declare its path."""
    for label in (FILE, DELETE, REGISTRY):
        shape(cim(label), process_path="C:\\Apps\\Image1\\runs.exe", process_name="runs.exe", process_id="4711")
    row = cim(QUERY)
    assert row is not None
    assert not [name for name, value in row.items() if "runs.exe" in str(value)]


def test_a_served_request_is_a_path_and_bears_no_proxy_s_tag() -> None:
    """One dataset holds proxies and servers: the tag alone tells them apart."""
    shape(cim(SERVED), url="/path2/made.msi?q=3", uri_path="/path2/made.msi", url_domain=None, status="206", tag="web")
    shape(cim(PROXY), tag=["proxy", "web"])


def test_a_stream_has_its_digests_apart_and_a_pipe_its_name() -> None:
    """As in the lists of fields of events 15, 17 and 18; a stream's Hash is spelt like Hashes."""
    shape(sysmon(STREAM), EventCode="15", Hash=HASHES, SHA256=SHA256.upper(), file_hash=HASHES, action="created")
    shape(sysmon(PIPE), EventCode="18", PipeName="\\pipe2.of.a.kind", pipe_name="\\pipe2.of.a.kind", file_path=None)


def test_defender_s_names_have_underscores_for_spaces() -> None:
    """The manifest says "Threat Name"; a search for ThreatName finds nothing."""
    shape(
        splunk_defender.render(DETECTED.event, DETECTED.logsource),
        source="XmlWinEventLog:Microsoft-Windows-Windows Defender/Operational",
        EventCode="1117",
        Threat_Name="Trojan:Win64/Threat2",
        ThreatName=None,
        Path="file:_C:\\Files2\\made.dll",
    )


def test_a_web_row_has_the_whole_address_and_the_cookie() -> None:
    """Sigma's c-uri may be a path; the model's url is the whole address."""
    shape(
        cim(PROXY),
        url="https://www.pbxsources.com/exchange?q=2",
        url_domain="www.pbxsources.com",
        uri_path="/exchange",
        uri_query="q=2",
        cookie="__tutma=4",
        http_method="POST",
        http_user_agent="Agent3/1.0",
        status="201",
        action="allowed",
    )


def test_a_connection_without_names_has_addresses_only() -> None:
    """Sysmon writes "-" where it resolved nothing: `dest` is then empty in the add-on's fields and the model's."""
    event = dict(CONNECTION.event) | {"DestinationHostname": "-", "SourceHostname": "-"}

    for render in (splunk_sysmon.render, splunk_cim.render):
        shape(render(event, CONNECTION.logsource), dest=None, src=None, dest_ip="198.51.100.7", src_ip="10.20.4.41")


def test_a_written_over_file_is_modified_and_a_number_stands_without_its_type() -> None:
    """The add-on compares the two times of event 11 and takes a DWORD out of its parentheses."""
    over = dict(FILE.event) | {"CreationUtcTime": "2023-01-01 00:00:00.000"}
    number = dict(REGISTRY.event) | {"Details": "DWORD (0x00000010)"}

    shape(splunk_sysmon.render(over, FILE.logsource), action="modified")
    shape(splunk_sysmon.render(number, REGISTRY.logsource), registry_value_data="0x00000010", registry_key_name="Key2")


def test_zeek_keeps_its_dotted_names_and_lists_get_braces() -> None:
    """Splunk reads JSON lists as x{}; the add-on's names stand beside Zeek's."""
    shape(
        splunk_zeek.render(DNS.event, DNS.logsource),
        sourcetype="bro:dns:json",
        query="www.msedgepackageinfo.com",
        reply_code="NOERROR",
        record_type="AAAA",
        src="10.20.4.41",
        **{"id.orig_h": "10.20.4.41", "answers{}": ["2001:db8::7"]},
    )


def test_zeek_s_other_logs_are_rendered_as_they_are() -> None:
    """Sigma's rules of Zeek use Zeek's names."""
    row = splunk_zeek.render({"id.resp_p": 443, "local_orig": True}, "zeek/*/conn")

    shape(row, sourcetype="bro:conn:json", local_orig="true", dest_port="443")
    assert row is not None
    assert json.loads(str(row["_raw"]))["local_orig"] is True
