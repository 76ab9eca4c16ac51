"""Laws of the data itself: arrival, tiers, deletion, and the estate in Elastic's shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from lab.elastic.documents import Field
from lab.elastic.mapping import mapping_of
from lab.elastic.plant import plant
from lab.elastic.settings import ElasticSettings
from lab.elastic.store import Store
from lab.elastic.templates import TEMPLATES
from lab.elastic.victim import ageing, fill
from lab.estate import estate
from lab_tests.elastic.served import MAPPING, RUN, STREAM, VERSION, at, cluster, ids


def test_late_events_sit_in_the_index_of_their_arrival(tmp_path: Path) -> None:
    """Backing indices follow ingest date (2.3): who chooses an index by its name misses them."""
    store = Store()
    store.add(STREAM, MAPPING, plant([at("2023-01-10")], RUN, MAPPING, latency=0))
    store.add(STREAM, MAPPING, plant([at("2023-01-11")], RUN, MAPPING, name="late", latency=40 * 86_400_000))
    with cluster(tmp_path, store) as there:
        found = there.eql()[2]["hits"]["events"]

    assert [("planted-0", "2023.01"), ("late-0", "2023.02")] == [(one["_id"], one["_index"][-17:-10]) for one in found]


def test_late_events_are_found_by_their_time_of_arrival(tmp_path: Path) -> None:
    """event.ingested is how late data is caught without reading everything again."""
    with cluster(tmp_path) as there:
        there.lab.store.ingest(STREAM, plant([at("2023-01-15")], RUN, MAPPING, name="late", latency=100 * 86_400_000))
        late = there.eql(filter={"range": {"event.ingested": {"gte": "2023-04-01"}}})[2]

    assert ["late-0"] == ids(late)


def test_an_index_changes_its_name_with_its_tier_and_not_its_documents(tmp_path: Path) -> None:
    """restored- and partial- (2.3): a hit's id may not rest on the index's name."""
    with cluster(tmp_path) as there:
        before = there.eql(size=100)[2]["hits"]["events"]
        there.lab.store.move("*2023.03*", "cold")
        there.lab.store.move("*2023.02*", "frozen")
        after = there.eql(size=100)[2]["hits"]["events"]
        phases = there.http("GET", f"/{STREAM}/_ilm/explain")[2]["indices"]

    assert [one["_id"] for one in before] == [one["_id"] for one in after]
    assert before[-1]["_index"] != after[-1]["_index"]
    assert {"partial-.ds": "frozen", "restored-.d": "cold"} == {name[:11]: one["phase"] for name, one in phases.items()}


def test_a_tier_can_be_left_out(tmp_path: Path) -> None:
    """Filter or report by _tier (2.3)."""
    with cluster(tmp_path) as there:
        warm = there.eql(size=100, filter={"bool": {"must_not": {"term": {"_tier": "data_frozen"}}}})[2]
        frozen = there.http("POST", f"/{STREAM}/_count", {"query": {"terms": {"_tier": ["data_frozen"]}}})[2]

    assert (60, 30) == (len(ids(warm)), frozen["count"])


def test_what_ilm_deleted_is_gone_and_only_the_generation_tells(tmp_path: Path) -> None:
    """_data_stream shows what is left (2.3); a search over the hole finds nothing, without a word."""
    with cluster(tmp_path) as there:
        there.lab.store.delete("*2023.01*")
        stream = there.client.indices.get_data_stream(name=STREAM)["data_streams"][0]
        found = there.eql(filter={"range": {"@timestamp": {"lt": "2023-02-01"}}})

    assert (2, 3) == (len(stream["indices"]), stream["generation"])
    assert (200, [], False) == (found[0], ids(found[2]), found[2]["is_partial"])


def test_resolve_shows_streams_and_hidden_indices_only_if_asked(tmp_path: Path) -> None:
    """Backing indices are hidden (docs)."""
    with cluster(tmp_path) as there:
        plain = there.client.indices.resolve_index(name="logs-*")
        every = there.client.indices.resolve_index(name="*", expand_wildcards="all")
        none = there.client.indices.resolve_index(name="winlogbeat-*")

    assert ([], [STREAM]) == (plain["indices"], [one["name"] for one in plain["data_streams"]])
    assert 3 == len(every["indices"]) == len(plain["data_streams"][0]["backing_indices"])
    assert [] == none["data_streams"]


def test_a_target_can_leave_out_what_it_took_in(tmp_path: Path) -> None:
    """`-` excludes from what stands before it (docs)."""
    with cluster(tmp_path) as there:
        assert 60 == there.http("GET", f"/{STREAM},-partial-*/_count")[2]["count"]


def test_the_estate_lies_in_streams_of_its_sensors(tmp_path: Path) -> None:
    """Defend, Sysmon by two roads, Zeek and the proxy; old months in colder tiers."""
    store = Store()
    scenes = tuple(islice(estate(), 0, None, 40))
    fill(store, scenes, tier=ageing(datetime(2023, 5, 31, tzinfo=UTC), cold=2, frozen=4))
    with cluster(tmp_path, store) as there:
        streams = [one["name"] for one in there.client.indices.get_data_stream(name="*")["data_streams"]]
        seen = there.eql('process where process.executable : "*3CX*"', target="logs-*,winlogbeat-*", size=1000)
        names = there.http("GET", "/_resolve/index/*?expand_wildcards=all")[2]["indices"]

    assert {
        "logs-endpoint.events.process-default", "logs-endpoint.events.file-default", "logs-endpoint.events.network-default",
        "logs-windows.sysmon_operational-default", "logs-zeek.dns-default", "logs-zscaler_zia.web-default", "winlogbeat-8.19.3",
    } <= set(streams)  # fmt: skip
    assert len(ids(seen[2])) > 0
    assert {"partial-", "restored", ".ds-logs", ".ds-winl"} == {one["name"][:8] for one in names}


def test_a_template_maps_what_no_event_holds_and_cuts_command_lines_of_sysmon() -> None:
    """A text that asks such a field finds nothing there, and is no error; a long command line is not found at all."""
    row = {"process.command_line": "x", "process.pid": 1}
    sysmon, other = mapping_of([row], template=TEMPLATES["windows.sysmon_operational"]), mapping_of([row])

    assert (Field("keyword", 1024), Field("wildcard")) == (
        sysmon["process.command_line"],
        other["process.command_line"],
    )
    assert ("destination.domain" in sysmon, "destination.domain" in other) == (True, False)


def test_limits_are_told_by_the_index(tmp_path: Path) -> None:
    """A hunter learns the result window and how long a keyword may be from the platform, not from a test."""
    names = ("partial-.ds-logs-made.process-default-2023.01.01-000001", STREAM)
    with cluster(tmp_path) as there:
        held = there.http("GET", f"/{STREAM}/_settings?include_defaults=true&flat_settings=true")[2][names[0]]
        mapped = there.client.indices.get_mapping(index=STREAM)[names[0]]["mappings"]["properties"]

    assert {"settings": {}, "defaults": {"index.max_result_window": "10000"}} == held
    assert {"type": "keyword", "ignore_above": 1024} == mapped["process"]["properties"]["name"]


def test_a_changed_limit_stands_among_the_settings(tmp_path: Path) -> None:
    """And no longer among the defaults."""
    with cluster(tmp_path, None, ElasticSettings(version=VERSION, max_result_window=500)) as there:
        (held,) = {json.dumps(one) for one in there.http("GET", f"/{STREAM}/_settings")[2].values()}

    assert {"settings": {"index": {"max_result_window": "500"}}} == json.loads(held)


@pytest.mark.parametrize("target", ["_internal", "_x,logs-*"])
def test_a_name_with_an_underscore_is_refused(target: str, tmp_path: Path) -> None:
    """Names cannot start with one (docs)."""
    with cluster(tmp_path) as there:
        assert 400 == there.http("GET", f"/{target}/_count")[0]
