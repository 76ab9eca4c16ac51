"""Facts of the Elastic sources: what the ingest pipelines and the endpoint's own pages say of each field."""

from __future__ import annotations

import pytest

from lab.render.siem import elastic_defend, elastic_proxy, elastic_sysmon, elastic_windows, elastic_zeek
from lab.render.siem.labelled import Row
from lab_tests.render_siem.labels import (
    ACCESS,
    CONNECTION,
    DELETE,
    DETECTED,
    DNS,
    FILE,
    IMAGE,
    MD5,
    ON_LINUX,
    ON_MACOS,
    PIPE,
    PROCESS,
    PROXY,
    QUERY,
    REGISTRY,
    SHA256,
    STREAM,
    TASK,
    TOLD_APART,
    Label,
    pack_events,
)
from lab_tests.render_siem.shape import shape

REMOVED = "Hashes Image CommandLine ParentImage ParentCommandLine User QueryName QueryResults Initiated TargetObject"


def sysmon(label: Label) -> Row | None:
    return elastic_sysmon.agent(label.event, label.logsource)


def defend(label: Label) -> Row | None:
    return elastic_defend.render(label.event, label.logsource)


def test_the_pipeline_leaves_none_of_the_fields_it_moves() -> None:
    """A rule that tests winlog.event_data.Hashes matches nothing, ever."""
    left = {f"winlog.event_data.{name}" for name in REMOVED.split()}

    for label in (*TOLD_APART, *pack_events()):
        for row in (sysmon(label), elastic_sysmon.winlogbeat(label.event, label.logsource)):
            assert not left & set(row or {})


def test_winlogbeat_and_agent_differ_in_their_place_only() -> None:
    """Both run the same pipeline: a query of one must find in the other's index."""
    one, other = elastic_sysmon.winlogbeat(PROCESS.event, PROCESS.logsource), sysmon(PROCESS)

    assert one is not None
    assert other is not None
    differing = {name for name in {*one, *other} if one.get(name) != other.get(name)}
    place = {"data_stream.dataset", "data_stream.type", "data_stream.namespace"}
    assert place | {"agent.type", "event.module", "event.dataset"} == differing


def test_a_process_of_sysmon_is_in_ecs() -> None:
    """As in the golden file sysmon-12-processcreate: event codes are text, pids numbers, digests lower case."""
    shape(
        sysmon(PROCESS),
        {
            "event.code": "1",
            "process.executable": "C:\\Apps\\Image1\\runs.exe",
            "process.name": "runs.exe",
            "process.args": ["runs.exe", "--command2"],
            "process.pid": 4711,
            "process.parent.executable": "C:\\Apps\\Parent9\\starts.exe",
            "process.hash.md5": MD5,
            "process.hash.sha256": SHA256,
            "process.pe.imphash": "d4" * 16,
            "process.pe.file_version": "18.12.407.4",
            "winlog.event_data.FileVersion": "18.12.407.4",
            "process.pe.original_file_name": "original8.exe",
            "user.domain": "LARKSPUR",
            "user.name": "b.lindqvist",
            "winlog.event_data.IntegrityLevel": "High",
        },
    )


def test_digests_of_a_module_are_the_file_s_and_of_a_deleted_file_the_process_s() -> None:
    """The pipeline lists event 23 with the processes: odd, and therefore held."""
    shape(sysmon(IMAGE), {"file.hash.md5": MD5, "process.hash.md5": None, "file.path": "C:\\Apps\\Module2\\loaded.dll"})
    shape(sysmon(DELETE), {"process.hash.md5": MD5, "file.hash.md5": None})
    logged = elastic_sysmon.agent(dict(DELETE.event) | {"EventID": 26}, DELETE.logsource)
    shape(logged, {"file.hash.md5": MD5, "process.hash.md5": None})


def test_a_signature_s_words_stay_and_its_booleans_are_half_made() -> None:
    """`signed` is never set by the pipeline, `valid` only when true."""
    shape(
        sysmon(IMAGE),
        {
            "winlog.event_data.Signed": "true",
            "winlog.event_data.SignatureStatus": "Valid",
            "file.code_signature.status": "Valid",
            "file.code_signature.valid": True,
            "file.code_signature.signed": None,
        },
    )
    unsigned = elastic_sysmon.agent(dict(IMAGE.event) | {"SignatureStatus": "Unavailable"}, IMAGE.logsource)
    shape(unsigned, {"file.code_signature.status": "Unavailable", "file.code_signature.valid": None})


@pytest.mark.parametrize("nothing", ["", "-"])
def test_words_for_nothing_are_no_values(nothing: str) -> None:
    """The pipeline removes them first: a field of "-" is absent, in every query."""
    event = dict(IMAGE.event) | {"SignatureStatus": nothing, "Signature": nothing, "ImageLoaded": nothing}

    row = elastic_sysmon.agent(event, IMAGE.logsource)

    names = "file.code_signature.status winlog.event_data.SignatureStatus file.code_signature.subject_name file.path"
    shape(row, dict.fromkeys(names.split()))


@pytest.mark.parametrize(("initiated", "direction"), [("true", "egress"), ("false", "ingress"), (True, "egress")])
def test_who_began_a_connection_is_told_by_its_direction(initiated: object, direction: str) -> None:
    """Initiated is removed: network.direction is all that is left of it."""
    event = dict(CONNECTION.event) | {"Initiated": initiated}

    shape(
        elastic_sysmon.agent(event, CONNECTION.logsource),
        {"network.direction": direction, "destination.domain": "www.pbxsources.com", "destination.port": 8443},
    )


def test_dns_of_sysmon_has_the_name_asked_and_plain_addresses() -> None:
    """IPv4 answers lose their ::ffff:, the status gets a name."""
    shape(
        sysmon(QUERY),
        {
            "dns.question.name": "www.msedgepackageinfo.com",
            "dns.resolved_ip": ["198.51.100.7"],
            "dns.answers.type": ["A"],
            "sysmon.dns.status": "SUCCESS",
        },
    )


def test_a_registry_value_is_split_into_hive_key_and_value() -> None:
    """The key of the pipeline keeps the value's name: it takes everything after the hive."""
    number = elastic_sysmon.agent(dict(REGISTRY.event) | {"Details": "DWORD (0x00000010)"}, REGISTRY.logsource)

    shape(
        number,
        {
            "registry.path": "HKLM\\Software\\Key2\\Value3",
            "registry.hive": "HKLM",
            "registry.key": "Software\\Key2\\Value3",
            "registry.value": "Value3",
            "registry.data.strings": ["16"],
            "registry.data.type": "SZ_DWORD",
        },
    )


def test_defend_tells_each_kind_by_dataset_and_action() -> None:
    """Rules of Defend select by these."""
    told = {label.logsource: defend(label) for label in (PROCESS, IMAGE, FILE, DELETE, REGISTRY, CONNECTION, QUERY)}

    assert {
        "windows/process_creation/*": ("endpoint.events.process", "start"),
        "windows/image_load/*": ("endpoint.events.library", "load"),
        "windows/file_event/*": ("endpoint.events.file", "creation"),
        "windows/file_delete/*": ("endpoint.events.file", "deletion"),
        "windows/registry_set/*": ("endpoint.events.registry", "modification"),
        "windows/network_connection/*": ("endpoint.events.network", "connection_attempted"),
        "windows/dns_query/*": ("endpoint.events.network", "lookup_requested"),
    } == {source: (row["event.dataset"], row["event.action"]) for source, row in told.items() if row}


def test_defend_knows_a_module_s_version_and_signer_but_not_a_process_s_version() -> None:
    """A rule on FileVersion of processes is blind there, on modules it sees."""
    shape(
        defend(IMAGE),
        {
            "dll.pe.file_version": "18.12.407.4",
            "dll.hash.sha256": SHA256,
            "dll.code_signature.exists": True,
            "dll.code_signature.status": "trusted",
            "dll.code_signature.trusted": True,
            "dll.code_signature.subject_name": "Signer9",
        },
    )
    shape(defend(PROCESS), {"process.pe.file_version": None, "process.pe.original_file_name": "original8.exe"})


def test_an_unsigned_module_has_no_status_in_defend() -> None:
    """A test for a status other than trusted does not see unsigned modules."""
    event = dict(IMAGE.event) | {"Signed": "false", "Signature": "-", "SignatureStatus": "Unavailable"}

    row = elastic_defend.render(event, IMAGE.logsource)

    shape(row, {"dll.code_signature.exists": False, "dll.code_signature.status": None})


def test_defend_on_macos_executes_and_modifies() -> None:
    """There is no created file on macOS, only a modified one, and no command line of the parent."""
    process = {"Image": "/bin/sh", "CommandLine": "sh -c x", "ParentImage": "/bin/zsh", "ParentCommandLine": "zsh"}
    started = elastic_defend.render(process, "macos/process_creation/*")
    written = elastic_defend.render({"Image": "/bin/sh", "TargetFilename": "/tmp/a.b"}, "macos/file_event/*")

    shape(started, {"event.action": "exec", "host.os.type": "macos", "process.parent.command_line": None})
    shape(written, {"event.action": "modification", "event.type": ["change"], "file.extension": "b"})
    assert elastic_defend.render({"Image": "/bin/sh"}, "macos/image_load/*") is None


def test_defend_on_macos_names_the_host_of_a_connection() -> None:
    """destination.domain is on the page of macOS' attempted connections, and on none of Windows'."""
    shape(defend(ON_MACOS), {"destination.domain": "www.pbxsources.com", "network.direction": None})
    shape(defend(CONNECTION), {"destination.domain": None})


def test_defend_on_linux_tells_a_created_file_without_digests() -> None:
    """Only a modification may bear file.hash.sha256."""
    shape(
        defend(ON_LINUX),
        {"event.action": "creation", "host.os.type": "linux", "file.name": "made.msi", "file.hash.sha256": None},
    )


def test_a_stream_s_digests_are_the_file_s_and_a_pipe_s_name_is_the_file_s_name() -> None:
    """The pipeline renames Hash to Hashes first, and PipeName to file.name with its backslash."""
    shape(sysmon(STREAM), {"event.code": "15", "file.hash.sha256": SHA256, "winlog.event_data.Hash": None})
    shape(sysmon(PIPE), {"event.code": "18", "file.name": "\\pipe2.of.a.kind", "winlog.event_data.PipeName": None})


def test_security_s_data_stay_where_they_are() -> None:
    """As in the expected documents of 4663 and 4702: the process stays under its own name, a mask is a list."""
    shape(
        elastic_windows.agent(ACCESS.event, ACCESS.logsource),
        {
            "event.code": "4663",
            "winlog.channel": "Security",
            "winlog.event_data.ProcessName": "C:\\Apps\\Image1\\runs.exe",
            "winlog.event_data.AccessMask": ["0x1"],
            "process.executable": None,
        },
    )
    shape(elastic_windows.agent(TASK.event, TASK.logsource), {"user.name": "b.lindqvist", "user.domain": "LARKSPUR"})


def test_defender_s_process_moves_with_the_agent_and_stays_with_winlogbeat() -> None:
    """A query that asks one place misses the other's."""
    moved: Row = {"process.executable": "C:\\Apps\\Image1\\runs.exe", "winlog.event_data.Process_Name": None}

    agent = elastic_windows.agent(DETECTED.event, DETECTED.logsource)
    beat = elastic_windows.winlogbeat(DETECTED.event, DETECTED.logsource)

    shape(agent, moved | {"file.path": "C:\\Files2\\made.dll", "winlog.event_data.Threat_Name": "Trojan:Win64/Threat2"})
    shape(beat, {"process.executable": None, "winlog.event_data.Process_Name": "C:\\Apps\\Image1\\runs.exe"})


def test_zeek_s_query_stays_and_the_question_needs_a_registered_domain() -> None:
    """As in the integration's sample: _googlecast._tcp.local has no dns.question."""
    shape(
        elastic_zeek.render(DNS.event, DNS.logsource),
        {
            "event.dataset": "zeek.dns",
            "zeek.dns.query": "www.msedgepackageinfo.com",
            "dns.question.name": "www.msedgepackageinfo.com",
            "zeek.session_id": "CwTLJM1KZJrqZJ7Aa",
            "source.port": 50123,
            "dns.response_code": "NOERROR",
        },
    )
    for name in ("_googlecast._tcp.local", "pbxsources.com.", "localhost"):
        row = elastic_zeek.render(dict(DNS.event) | {"query": name}, DNS.logsource)
        shape(row, {"zeek.dns.query": name, "dns.question.name": None})


def test_a_proxy_s_request_is_in_ecs_without_its_cookie() -> None:
    """ECS has no field for cookies: rules on them cannot run there."""
    row = elastic_proxy.zscaler(PROXY.event, PROXY.logsource)

    shape(
        row,
        {
            "url.full": "https://www.pbxsources.com/exchange?q=2",
            "url.domain": "www.pbxsources.com",
            "url.path": "/exchange",
            "url.query": "q=2",
            "http.request.method": "POST",
            "http.response.status_code": 201,
            "user_agent.original": "Agent3/1.0",
            "source.ip": "10.20.4.41",
        },
    )
    assert "__tutma" not in str(row)


def test_squid_s_tunnels_have_no_domain() -> None:
    """As in the integration's expected events: a query of url.domain does not see tunnels."""
    event = {
        "cs-method": "CONNECT",
        "cs-host": "pbxsources.com:443",
        "c-uri": "tcp://pbxsources.com:443/",
        "sc-status": 200,
    }

    squid, zscaler = elastic_proxy.squid(event, PROXY.logsource), elastic_proxy.zscaler(event, PROXY.logsource)

    shape(squid, {"url.original": "pbxsources.com:443", "url.domain": None, "squid.status_code": 200})
    shape(zscaler, {"url.domain": "pbxsources.com", "url.port": 443})
