"""Each source's shape: the keys and spellings its readers rely on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lab.events import Connection, DnsQuery, FileCreate, FileDelete, ImageLoad, Process, ProcessStart, WebRequest
from lab.hosts import IT, MAC_CEO, OPS
from lab.noise import run
from lab.programs import bad_ffmpeg, client, mac_client, update_agent, windows
from lab.render.defender_xdr import defender
from lab.render.elastic_defend import elastic
from lab.render.proxy import proxy
from lab.render.sysmon_flat import beats, nxlog, without_module_hashes
from lab.render.windows_security_flat import security
from lab.render.zeek_dns import zeek_dns

TIME = datetime(2023, 3, 6, 8, 15, 0, 250_000, tzinfo=UTC)
APP: Process = run(OPS, client(OPS, "18.12.407"), "3CXDesktopApp.exe", pid=4324)
SHELL: Process = run(OPS, windows("cmd.exe"), "cmd.exe /c whoami", pid=9120)
START = ProcessStart(TIME, OPS, SHELL, APP)
LOAD = ImageLoad(TIME, OPS, APP, bad_ffmpeg(OPS, signed=False))
QUERY = DnsQuery(TIME, OPS, APP, "sourceslabs.com", "185.244.151.84")
WEB = WebRequest(TIME, OPS, "pbxsources.com", "/exchange", "POST", "agent", "__tutma=1", 200)


def shape(record: dict[str, object] | None, **expected: object) -> None:
    assert record is not None
    assert expected == {name: record[name] for name in expected}


def test_beats_writes_utc_and_the_full_host_name() -> None:
    """One of the shippers in the real data: times carry their zone, there is no record number."""
    record = beats(START, number=7)

    shape(
        record,
        EventID=1,
        Channel="Microsoft-Windows-Sysmon/Operational",
        Hostname="WS-OPS-02.larkspur.example",
        TimeCreated="2023-03-06T08:15:00.250Z",
        UtcTime="2023-03-06 08:15:00.250",
        ProcessId="9120",
        ParentImage="C:\\Users\\b.lindqvist\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\3CXDesktopApp.exe",
    )
    assert record is not None
    assert "RecordNumber" not in record


def test_nxlog_writes_local_time_without_a_zone_and_arrives_late() -> None:
    """Reading EventTime as UTC shifts every event by an hour: the trap is in the real data, so it is in ours."""
    shape(
        nxlog(START, number=7),
        RecordNumber=7,
        EventTime="2023-03-06 09:15:00",
        UtcTime="2023-03-06 08:15:00.250",
        host="wec.larkspur.example",
        Hostname="WS-OPS-02.larkspur.example",
        **{"@timestamp": "2023-03-06T08:15:01.630Z"},
    )


def test_a_module_load_says_its_signature_in_sysmons_words() -> None:
    """Booleans are text in the flat form."""
    shape(
        nxlog(LOAD, number=1),
        EventID=7,
        Signed="false",
        SignatureStatus="Unavailable",
        Hashes="SHA1=BF939C9C261D27EE7BB92325CC588624FCA75429,MD5=74BC2D0B6680FAA1A5A76B27E5479CBC,"
        "SHA256=7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896",
    )


def test_the_old_field_list_loses_the_hashes_of_modules_and_of_nothing_else() -> None:
    """One detection is blind on the estate; the others keep their eyes."""
    load, start = without_module_hashes(nxlog(LOAD, number=1)), without_module_hashes(nxlog(START, number=1))
    assert load is not None
    assert start is not None

    assert "Hashes" not in load
    assert "Hashes" in start


def test_security_writes_its_channel_in_lower_case_and_ids_in_hex() -> None:
    """As one shipper in the real data does."""
    shape(
        security(START, number=3),
        EventID=4688,
        Channel="security",
        NewProcessName="C:\\Windows\\System32\\cmd.exe",
        NewProcessId="0x23a0",
        CommandLine="cmd.exe /c whoami",
        ParentProcessName=APP.program.path,
    )


def test_elastic_nests_by_ecs_and_names_the_dataset() -> None:
    """The dataset is how a reader tells Defend's tables apart."""
    record: Any = elastic(START, number=3)

    assert (record["event"]["dataset"], record["event"]["category"], record["event"]["type"]) == (
        "endpoint.events.process",
        ["process"],
        ["start"],
    )
    assert record["process"]["args"] == ["cmd.exe", "/c", "whoami"]
    assert APP.program.path == record["process"]["parent"]["executable"]
    assert record["host"]["os"]["type"] == "windows"


def test_elastic_tells_a_module_a_name_and_an_end_of_a_connection() -> None:
    """Each population has its own object beside the process."""
    load: Any = elastic(LOAD, number=1)
    query: Any = elastic(QUERY, number=2)
    link: Any = elastic(Connection(TIME, OPS, APP, "185.244.151.84", 443, "sourceslabs.com", ""), number=3)

    assert load["dll"]["path"].endswith("\\app\\ffmpeg.dll")
    assert load["dll"]["code_signature"] == {"exists": False}
    assert query["dns"]["question"]["name"] == "sourceslabs.com"
    assert (link["destination"]["ip"], link["destination"]["port"]) == ("185.244.151.84", 443)


def test_elastic_on_macos_gives_the_signing_id_and_no_names_asked_for() -> None:
    """The payload's signing id is a published mark; Defend of that time saw no DNS on macOS."""
    agent = run(MAC_CEO, update_agent(MAC_CEO), "UpdateAgent", pid=1377)
    parent = run(MAC_CEO, mac_client("18.12.416"), "3CX Desktop App", pid=1204)
    started: Any = elastic(ProcessStart(TIME, MAC_CEO, agent, parent), number=1)
    deleted: Any = elastic(FileDelete(TIME, MAC_CEO, agent, agent.program.path), number=2)

    assert started["process"]["code_signature"]["signing_id"].startswith("payload2-")
    assert started["host"]["os"]["type"] == "macos"
    assert deleted["process"]["executable"] == deleted["file"]["path"]
    assert elastic(DnsQuery(TIME, MAC_CEO, agent, "sbmsa.wiki", ""), number=3) is None


def test_defender_wraps_a_tables_row_in_its_envelope() -> None:
    """Storage and Event Hub exports both put the row in `properties`."""
    record: Any = defender(ProcessStart(TIME, IT, SHELL, APP), number=5)

    assert record["category"] == "AdvancedHunting-DeviceProcessEvents"
    row = record["properties"]
    assert (row["Timestamp"], row["ReportId"], row["FileName"]) == ("2023-03-06T08:15:00.2500000Z", 5, "cmd.exe")
    assert row["InitiatingProcessFileName"] == "3CXDesktopApp.exe"


def test_defender_keeps_the_table_of_each_kind() -> None:
    """A reader finds a table by its category alone."""
    events = (
        LOAD,
        FileCreate(TIME, IT, APP, "C:\\x"),
        FileDelete(TIME, IT, APP, "C:\\x"),
        Connection(TIME, IT, APP, "203.0.113.9", 443, "example.org", ""),
        QUERY,
    )
    rendered: list[Any] = [defender(event, number=1) for event in events]

    assert [(record["category"], record["properties"]["ActionType"]) for record in rendered] == [
        ("AdvancedHunting-DeviceImageLoadEvents", "ImageLoaded"),
        ("AdvancedHunting-DeviceFileEvents", "FileCreated"),
        ("AdvancedHunting-DeviceFileEvents", "FileDeleted"),
        ("AdvancedHunting-DeviceNetworkEvents", "ConnectionSuccess"),
        ("AdvancedHunting-DeviceEvents", "DnsQueryResponse"),
    ]


def test_the_proxy_writes_w3c_names() -> None:
    """Exactly these keys; a dash where there is no cookie."""
    bare = WebRequest(TIME, OPS, "pbxsources.com", "/exchange", "GET", "agent", "", 200)

    assert proxy(WEB, number=1) == {
        "@timestamp": "2023-03-06T08:15:00.250Z",
        "c-ip": "10.20.1.12",
        "cs-username": "LARKSPUR\\b.lindqvist",
        "cs-method": "POST",
        "cs-host": "pbxsources.com",
        "c-uri": "/exchange",
        "cs-cookie": "__tutma=1",
        "c-useragent": "agent",
        "sc-status": 200,
    }
    shape(proxy(bare, number=1), **{"cs-cookie": "-"})


def test_zeek_writes_epoch_seconds_and_addresses_only() -> None:
    """A network sensor knows no host name and no process."""
    record = zeek_dns(QUERY, number=12)

    shape(
        record,
        ts=1678090500.25,
        uid="C00000012zEeK",
        query="sourceslabs.com",
        answers=["185.244.151.84"],
        rcode_name="NOERROR",
        _path="dns",
        **{"id.orig_h": "10.20.1.12"},
    )


def test_no_source_shows_what_it_cannot_see() -> None:
    """A row in the wrong log would make a detection look better than it is."""
    renderers = (beats, nxlog, security, elastic, defender, zeek_dns)

    assert [None] * len(renderers) == [render(WEB, number=1) for render in renderers]
    assert security(LOAD, number=1) is None
    assert proxy(START, number=1) is None
    assert zeek_dns(START, number=1) is None
