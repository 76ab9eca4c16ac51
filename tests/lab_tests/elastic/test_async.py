"""Laws of searches that go on without their caller."""

from __future__ import annotations

import time
from pathlib import Path

from lab.elastic.settings import HUNTER, ElasticSettings, Key
from lab.serve.faults import Bend, Fault, Skew, When
from lab_tests.elastic.served import ANY, STREAM, VERSION, cluster, ids

SLOW = Fault(Bend("slow", 0.4), When(path="/_eql/search$", times=None))
WATCHER = Key("watcher", "watching", cluster=frozenset({"monitor"}))


def test_without_a_time_limit_a_search_takes_as_long_as_it_takes(tmp_path: Path) -> None:
    """wait_for_completion_timeout has no default (2.3)."""
    with cluster(tmp_path, None, None, SLOW) as there:
        started = time.monotonic()
        found = there.eql()[2]

    assert time.monotonic() - started >= 0.4
    assert (10, False, False) == (len(ids(found)), found["is_running"], "id" in found)


def test_a_search_that_is_not_done_in_time_goes_on_and_is_fetched_later(tmp_path: Path) -> None:
    """While it runs it is empty and partial: taken for an answer, that would be a false clean."""
    with cluster(tmp_path, None, None, SLOW) as there:
        first = there.client.eql.search(index=STREAM, query=ANY, wait_for_completion_timeout="50ms", keep_alive="1m")
        running = there.lab.tasks.running()
        last = there.client.eql.get(id=first["id"], wait_for_completion_timeout="5s")

    assert ([], True, True) == (ids(first), first["is_partial"], first["is_running"])
    assert ((first["id"],), 10, False, False) == (running, len(ids(last)), last["is_partial"], last["is_running"])


def test_a_search_done_in_time_is_kept_only_if_asked(tmp_path: Path) -> None:
    """keep_on_completion is false by default."""
    with cluster(tmp_path) as there:
        gone = there.eql(wait_for_completion_timeout="5s")[2]
        kept = there.eql(q_wait_for_completion_timeout="5s", q_keep_on_completion="true")[2]
        again = there.client.eql.get(id=kept["id"])

    assert ("id" in gone, ids(kept)) == (False, ids(again))


def test_a_deleted_search_is_gone_and_nothing_is_left(tmp_path: Path) -> None:
    """A hunter deletes in a finally (2.3): afterwards nothing may run."""
    with cluster(tmp_path, None, None, SLOW) as there:
        named = there.eql(wait_for_completion_timeout="10ms")[2]["id"]
        there.client.eql.delete(id=named)
        gone = there.http("GET", f"/_eql/search/{named}")

    assert (404, "resource_not_found_exception", ()) == (gone[0], gone[2]["error"]["type"], there.lab.tasks.left())


def test_a_search_expires_with_its_keep_alive_even_while_it_runs(tmp_path: Path) -> None:
    """A killed run leaves searches behind: a short keep_alive ends them (2.3); five days is the default."""
    with cluster(tmp_path, None, None, SLOW) as there:
        short = there.eql(wait_for_completion_timeout="10ms", keep_alive="100ms")[2]["id"]
        long = there.eql(wait_for_completion_timeout="10ms")[2]["id"]
        time.sleep(0.15)
        left = there.lab.tasks.left()
        gone = there.http("GET", f"/_eql/search/{short}")[0]

    assert ((long,), 404) == (left, gone)


def test_only_the_key_that_submitted_a_search_may_fetch_it(tmp_path: Path) -> None:
    """Another identity gets 404, as for a search that never was (docs)."""
    with cluster(tmp_path, None, ElasticSettings(version=VERSION, keys=(HUNTER, WATCHER))) as there:
        kept = there.eql(q_keep_on_completion="true")[2]["id"]
        assert 404 == there.http("GET", f"/_eql/search/{kept}", key=WATCHER)[0]
        assert 200 == there.http("GET", f"/_eql/search/{kept}")[0]


def test_the_status_needs_monitor_which_the_search_does_not(tmp_path: Path) -> None:
    """A hunt key without cluster privileges must poll by GET (docs)."""
    keys = (HUNTER, WATCHER)
    with cluster(tmp_path, None, ElasticSettings(version=VERSION, keys=keys), SLOW) as there:
        mine = there.eql(wait_for_completion_timeout="10ms")[2]["id"]
        _, _, body = there.http(
            "POST", f"/{STREAM}/_eql/search?wait_for_completion_timeout=10ms", {"query": ANY}, key=WATCHER
        )
        theirs = there.http("GET", f"/_eql/search/status/{body['id']}", key=WATCHER)
        denied = there.http("GET", f"/_eql/search/status/{mine}")

    assert (403, 200, True) == (denied[0], theirs[0], theirs[2]["is_running"])


def test_a_lost_search_is_not_found(tmp_path: Path) -> None:
    """A node that restarts loses what it kept; who waits for it must start again."""
    lost = Fault(Bend("lost_search"), When(method="GET"))
    with cluster(tmp_path, None, None, SLOW, lost) as there:
        named = there.eql(wait_for_completion_timeout="10ms")[2]["id"]
        assert 404 == there.http("GET", f"/_eql/search/{named}")[0]


def test_async_search_waits_a_second_and_then_tells_how_to_come_back(tmp_path: Path) -> None:
    """Its own defaults: one second, five days, not kept when done [E1]."""
    slow = Fault(Bend("slow", 1.2), When(path="/_async_search$", nth=2))
    with cluster(tmp_path, None, None, slow) as there:
        quick = there.client.async_search.submit(index=STREAM)
        late = there.client.async_search.submit(index=STREAM)
        done = there.client.async_search.get(id=late["id"], wait_for_completion_timeout="5s")
        there.client.async_search.delete(id=late["id"])

    assert ("id" in quick, 10) == (False, len(quick["response"]["hits"]["hits"]))
    assert (True, True, []) == (late["is_running"], late["is_partial"], late["response"]["hits"]["hits"])
    assert (False, 10, ()) == (done["is_running"], len(done["response"]["hits"]["hits"]), there.lab.tasks.left())
    assert 432_000_000 == late["expiration_time_in_millis"] - late["start_time_in_millis"]


def test_a_skewed_clock_shows_in_the_times_of_a_search(tmp_path: Path) -> None:
    """Elasticsearch sends no Date header (mem): an async search's start is where a doctor can see the difference."""
    ahead = Fault(Skew(3600), When(times=None))
    with cluster(tmp_path, None, None, ahead) as there:
        told = there.client.async_search.submit(index=STREAM)["start_time_in_millis"]

    assert 3500 < told / 1000 - time.time() < 3700


def test_a_full_search_pool_rejects(tmp_path: Path) -> None:
    """es_rejected_execution_exception is 429 (2.3): too much parallelism shows."""
    settings = ElasticSettings(version=VERSION, searches_at_once=0)
    with cluster(tmp_path, None, settings) as there:
        status, _, body = there.eql()

    assert (429, "es_rejected_execution_exception") == (status, body["error"]["type"])
