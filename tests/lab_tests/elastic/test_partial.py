"""Laws of answers that are not whole: each sign alone, refusals, and clusters that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import elasticsearch
import pytest

from lab.elastic.plant import plant
from lab.elastic.settings import ElasticSettings, Key, Remote
from lab.elastic.store import Store
from lab.serve.faults import Bend, Fault, Refusal, When
from lab_tests.elastic.served import MAPPING, RUN, STREAM, VERSION, at, cluster, ids

MONITOR = Key("monitor", "monitor-secret", cluster=frozenset({"monitor"}))
FAILING = Fault(Bend("shard_failures", name="partial-*"), When(times=None))


def test_a_failed_shard_is_left_out_by_default_and_named(tmp_path: Path) -> None:
    """allow_partial_search_results is true by default (2.3): 200, with fewer hits."""
    with cluster(tmp_path, None, None, FAILING) as there:
        found = there.client.eql.search(index=STREAM, query="any where true")

    assert (60, False, False) == (found["hits"]["total"]["value"], found["is_partial"], found["is_running"])
    assert ["partial-.ds-logs-made.process-default-2023.01.01-000001"] == [
        one["index"] for one in found["shard_failures"]
    ]


@pytest.mark.parametrize("said", [
    {"q_allow_partial_search_results": "false"}, {"allow_partial_search_results": False},
    {"q_allow_partial_search_results": "false", "allow_partial_search_results": True},
])  # fmt: skip
def test_a_failed_shard_fails_a_search_that_takes_no_partial_results(said: dict[str, Any], tmp_path: Path) -> None:
    """In the query or in the body, and the query wins (docs)."""
    with cluster(tmp_path, None, None, FAILING) as there:
        status, _, body = there.eql(**said)

    assert (503, "search_phase_execution_exception") == (status, body["error"]["type"])
    assert 1 == len(body["error"]["failed_shards"])


def test_the_cluster_can_set_the_default_of_partial_results(tmp_path: Path) -> None:
    """xpack.eql.default_allow_partial_results overrides it (2.3), and the settings tell, to who may see them."""
    keys = ElasticSettings().keys
    settings = ElasticSettings(version=VERSION, default_allow_partial=False, keys=(*keys, MONITOR))
    with cluster(tmp_path, None, settings, FAILING) as there:
        status = there.eql()[0]
        told = there.http("GET", "/_cluster/settings?flat_settings=true", key=MONITOR)[2]["persistent"]

    assert (503, {"xpack.eql.default_allow_partial_results": "false"}) == (status, told)


@pytest.mark.parametrize(("word", "sign"), [("timed_out", "timed_out"), ("is_partial", "is_partial")])
def test_a_search_cut_short_says_so_by_one_sign_only(word: str, sign: str, tmp_path: Path) -> None:
    """An old server shows one of several signs (2.3): each must be looked at."""
    with cluster(tmp_path, None, None, Fault(Bend(word))) as there:
        cut, whole = there.eql(size=100)[2], there.eql(size=100)[2]

    assert (45, 45, 90) == (len(ids(cut)), cut["hits"]["total"]["value"], len(ids(whole)))
    assert {sign} == {name for name in ("timed_out", "is_partial", "is_running", "shard_failures") if cut.get(name)}


@pytest.mark.parametrize("word", ["timed_out", "terminated_early"])
def test_search_has_signs_of_its_own(word: str, tmp_path: Path) -> None:
    """`timed_out`, `terminated_early`, `_shards.failed` (2.3)."""
    with cluster(tmp_path, None, None, Fault(Bend(word))) as there:
        cut = there.client.search(index=STREAM, size=100)

    assert (45, True, 0) == (len(cut["hits"]["hits"]), cut[word], cut["_shards"]["failed"])


def test_shards_tell_which_failed_and_skipping_is_no_failure(tmp_path: Path) -> None:
    """`_shards.skipped` is fine (2.3): a frozen index out of the window."""
    window = {"range": {"@timestamp": {"gte": "2023-03-01"}}}
    failing = Fault(Bend("shard_failures", name="*2023.03*"), When(nth=2))
    with cluster(tmp_path, None, None, failing) as there:
        whole = there.client.search(index=STREAM, query=window)["_shards"]
        lost = there.client.search(index=STREAM, query=window)

    assert {"total": 3, "successful": 3, "skipped": 1, "failed": 0} == whole
    assert (1, []) == (lost["_shards"]["failed"], lost["hits"]["hits"])


def test_a_point_in_time_takes_no_partial_results_by_default(tmp_path: Path) -> None:
    """False for _pit, true for _search (2.3)."""
    with cluster(tmp_path, None, None, FAILING) as there:
        assert 503 == there.http("POST", f"/{STREAM}/_pit?keep_alive=1m")[0]
        opened = there.http("POST", f"/{STREAM}/_pit?keep_alive=1m&allow_partial_search_results=true")

    assert 1 == opened[2]["_shards"]["failed"]


def test_a_capped_answer_is_shorter_than_its_total(tmp_path: Path) -> None:
    """Fewer than asked for, though there are more."""
    with cluster(tmp_path, None, None, Fault(Bend("capped", 4))) as there:
        found = there.eql(size=50)[2]

    assert (4, 90) == (len(ids(found)), found["hits"]["total"]["value"])


@pytest.mark.parametrize(("kind", "status", "type_", "durability"), [
    ("circuit_breaker_transient", 429, "circuit_breaking_exception", "TRANSIENT"),
    ("circuit_breaker_permanent", 429, "circuit_breaking_exception", "PERMANENT"),
    ("rejected_execution", 429, "es_rejected_execution_exception", None),
    ("", 502, "status_exception", None), ("", 503, "status_exception", None), ("", 504, "status_exception", None),
])  # fmt: skip
def test_refusals_have_the_platforms_shape(
    kind: str, status: int, type_: str, durability: str | None, tmp_path: Path
) -> None:
    """TRANSIENT is waited out, PERMANENT halves the window (2.3): only the body tells them apart."""
    with cluster(tmp_path, None, None, Fault(Refusal(status, kind, wait=3))) as there:
        answered, headers, body = there.eql()

    assert (status, type_, durability, "3") == (
        answered, body["error"]["type"], body["error"].get("durability"), headers["Retry-After"],
    )  # fmt: skip


def test_a_proxy_answers_in_html(tmp_path: Path) -> None:
    """Who reads every error as JSON falls over the first gateway."""
    with cluster(tmp_path, None, None, Fault(Refusal(502, "proxy"))) as there:
        with pytest.raises(elasticsearch.ApiError) as refused:
            there.client.eql.search(index=STREAM, query="any where true")
        again = there.eql()[0]

    assert (502, "text/html", 200) == (refused.value.status_code, refused.value.meta.headers["content-type"], again)


def two_clusters() -> Store:
    store = Store()
    store.add(STREAM, MAPPING, plant([at("2023-03-01")], RUN, MAPPING, name="here"))
    store.add(STREAM, MAPPING, plant([at("2023-03-01")], RUN, MAPPING, name="there"), cluster="c1")
    return store


def behind(**remote: bool) -> ElasticSettings:
    return ElasticSettings(version=VERSION, remotes=(Remote("c1", **remote),), keys=(*ElasticSettings().keys, MONITOR))


def test_a_search_reaches_through_to_another_cluster(tmp_path: Path) -> None:
    """The hit's index names its cluster; a plain pattern means this one only."""
    with cluster(tmp_path, two_clusters(), behind()) as there:
        near, both = there.eql(target="logs-*")[2], there.eql(target="logs-*,c1:logs-*", result_position="head")[2]

    assert (["here-0"], ["here-0", "there-0"]) == (ids(near), sorted(ids(both)))
    assert {"", "c1:"} == {event["_index"].partition(".ds")[0] for event in both["hits"]["events"]}


def test_a_skipped_cluster_is_missing_from_a_200(tmp_path: Path) -> None:
    """skip_unavailable is true by default since 8.15 (2.3): a whole tenant is gone, and EQL has no place to say it."""
    with cluster(tmp_path, two_clusters(), behind(connected=False)) as there:
        eql = there.eql(target="*,c1:*")
        search = there.http("POST", "/*,c1:*/_search", {})
        info = there.http("GET", "/_remote/info", key=MONITOR)[2]["c1"]

    assert (200, ["here-0"], False, False) == (eql[0], ids(eql[2]), eql[2]["is_partial"], "_clusters" in eql[2])
    assert {"total": 2, "successful": 1, "skipped": 1, "running": 0, "partial": 0, "failed": 0} == {
        name: count for name, count in search[2]["_clusters"].items() if name != "details"
    }
    assert ("skipped", 0) == (search[2]["_clusters"]["details"]["c1"]["status"], search[2]["_shards"]["failed"])
    assert (False, True) == (info["connected"], info["skip_unavailable"])


def test_a_point_in_time_remembers_the_cluster_it_was_opened_without(tmp_path: Path) -> None:
    """Every page says so."""
    with cluster(tmp_path, two_clusters(), behind(connected=False)) as there:
        pit = there.http("POST", "/*,c1:*/_pit?keep_alive=1m")[2]["id"]
        found = there.http("POST", "/_search", {"pit": {"id": pit}})[2]

    assert (1, "skipped") == (len(found["hits"]["hits"]), found["_clusters"]["details"]["c1"]["status"])


def test_a_cluster_that_may_not_be_skipped_fails_the_search(tmp_path: Path) -> None:
    """With skip_unavailable false there is an error to see."""
    with cluster(tmp_path, two_clusters(), behind(connected=False, skip_unavailable=False)) as there:
        assert 500 == there.eql(target="*,c1:*")[0]


def test_a_cluster_can_drop_out_for_one_request(tmp_path: Path) -> None:
    """By the script."""
    with cluster(tmp_path, two_clusters(), behind(), Fault(Bend("skipped_cluster", name="c1"))) as there:
        assert [1, 2] == [len(ids(there.eql(target="*,c1:*")[2])) for _ in range(2)]


def test_an_unknown_cluster_is_not_found(tmp_path: Path) -> None:
    """A mistyped alias must not look like a skipped one."""
    with cluster(tmp_path, two_clusters(), behind()) as there:
        assert (404, "no_such_remote_cluster_exception") == (
            (answered := there.eql(target="c2:*"))[0], answered[2]["error"]["type"],
        )  # fmt: skip
