"""Laws of search jobs: the way to what is archived, which takes its time and costs money."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.sentinel.roles import CONTRIBUTOR
from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab.sentinel.store import Keep, Store
from lab.serve.faults import Bend, Fault, When
from lab_tests.sentinel.served import COLUMNS, Asked, Reply, ago, ids, rows, until, workspace

PAYER = Application(HUNTER.id, HUNTER.secret, role=CONTRIBUTOR)
PUT = When(method="PUT")


def by_looks(looks: int = 0, **said: Any) -> SentinelSettings:
    return SentinelSettings(applications=(PAYER,), job_looks=looks, gb_a_row=0.5, **said)


def put(asked: Asked, name: str = "a_SRCH", query: str = "Event", **said: Any) -> Reply:
    """Order a job over the archived rows, which lie 300 days back."""
    order = {"query": query, "startSearchTime": ago(400).isoformat(), "endSearchTime": ago(200).isoformat()} | said
    return asked.arm("PUT", f"/tables/{name}", {"properties": {"searchResults": order}})


def told(asked: Asked, name: str = "a_SRCH") -> Any:
    return asked.arm("GET", f"/tables/{name}").body["properties"]


def test_a_job_finds_what_is_archived_and_tells_its_original_time_and_id(tmp_path: Path) -> None:
    """TimeGenerated is when the job ran."""
    with workspace(tmp_path, None, by_looks()) as asked:
        originals = asked.lab.store.cursor().execute('SELECT "_ItemId" FROM held1 WHERE "EventID" = 7').fetchall()
        started = put(asked, query="Event | where EventID in (7, 8) | project Computer, EventID")
        found = asked.kql("a_SRCH | order by EventID asc").tables[0]
        (first, second) = found.rows

    assert (202, [7, 8]) == (started.status, ids(found))
    assert {"TenantId", "TimeGenerated", "SourceSystem", "Type", "_ResourceId", "Computer", "EventID"} | {
        "_OriginalType", "_OriginalItemId", "_OriginalTimeGenerated",
    } == set(found.columns)  # fmt: skip
    assert ("a_SRCH", "Event", True) == (first["Type"], first["_OriginalType"], first["TimeGenerated"] >= ago(0.01))
    assert 1_000 == (second["_OriginalTimeGenerated"] - first["_OriginalTimeGenerated"]).microseconds
    assert (first["_OriginalItemId"],) in originals


@pytest.mark.parametrize("shape", ["project Computer", "project-keep Computer", "extend A = 1 | project A, Computer"])
def test_whatever_a_job_keeps_it_tracks_where_rows_came_from(tmp_path: Path, shape: str) -> None:
    """The service adds these columns itself."""
    with workspace(tmp_path, None, by_looks()) as asked:
        put(asked, query=f"Event | where EventID < 3 | {shape}")
        found = asked.kql("a_SRCH | project _OriginalItemId, _OriginalTimeGenerated, _OriginalType").tables[0].rows

    assert (3, {"Event"}, True) == (
        len({row[0] for row in found}),
        {row[2] for row in found},
        all(row[1] for row in found),
    )


def test_a_job_goes_from_updating_to_succeeded_and_its_rows_come_little_by_little(tmp_path: Path) -> None:
    """Its table can be asked before it is whole; a query sees what there is after the look before it."""
    seen = []
    with workspace(tmp_path, None, by_looks(4)) as asked:
        put(asked)
        for _ in range(5):
            said = told(asked)
            count = asked.kql("a_SRCH | count").tables[0].rows[0][0]
            seen.append((said["provisioningState"], said["resultStatistics"]["scannedGb"], count))

    assert [
        ("Updating", 0, 5),
        ("InProgress", 2.5, 10),
        ("InProgress", 5, 15),
        ("InProgress", 7.5, 20),
        ("Succeeded", 10, 20),
    ] == seen


def test_a_job_tells_what_was_asked(tmp_path: Path) -> None:
    """So that whoever comes later can adopt it."""
    with workspace(tmp_path, None, by_looks()) as asked:
        put(asked, limit=1_000)
        said = told(asked)

    assert ("Event", "Event", 1_000) == tuple(said["searchResults"][one] for one in ("query", "sourceTable", "limit"))
    assert ago(400).isoformat().replace("+00:00", "Z") == said["searchResults"]["startSearchTime"]


def test_more_rows_than_the_limit_end_in_a_success_that_is_only_partial(tmp_path: Path) -> None:
    """ingestedRecords reaches the limit, and nothing else says so."""
    with workspace(tmp_path, None, by_looks()) as asked:
        put(asked, limit=15)
        said = told(asked)

    assert ("Succeeded", 15) == (said["provisioningState"], said["resultStatistics"]["ingestedRecords"])


def test_what_is_past_all_retention_is_not_found(tmp_path: Path) -> None:
    """Gone is gone: ten rows lie 800 days back."""
    with workspace(tmp_path, None, by_looks()) as asked:
        put(asked, startSearchTime=ago(900).isoformat(), endSearchTime=ago(700).isoformat())

        assert 0 == told(asked)["resultStatistics"]["ingestedRecords"]


def test_a_job_reads_basic_and_auxiliary_tables_too(tmp_path: Path) -> None:
    """Beyond the thirty days that /search reaches."""
    with workspace(tmp_path, None, by_looks()) as asked:
        for name in ("CommonSecurityLog", "Proxy_CL"):
            put(asked, f"{name}_SRCH", name, startSearchTime=ago(90).isoformat(), endSearchTime=ago(40).isoformat())
        counts = [
            told(asked, f"{name}_SRCH")["resultStatistics"]["ingestedRecords"]
            for name in ("CommonSecurityLog", "Proxy_CL")
        ]

    assert [10, 10] == counts


def test_a_second_put_of_a_name_is_refused(tmp_path: Path) -> None:
    """So a repeated one costs nothing."""
    with workspace(tmp_path, None, by_looks()) as asked:
        first, second = put(asked), put(asked)
        jobs = asked.lab.jobs.history()

    assert (202, 400, "InvalidParameter", 1) == (first.status, second.status, second.body["error"]["code"], len(jobs))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a", {}),
        ("a_SRCH", {"query": "Event | summarize count()"}),
        ("a_SRCH", {"query": "union Event, SecurityEvent"}),
        ("a_SRCH", {"query": "Nothing"}),
        ("a_SRCH", {"startSearchTime": ago(600).isoformat()}),
        ("a_SRCH", {"endSearchTime": ago(500).isoformat()}),
        ("a_SRCH", {"limit": 1_000_001}),
        ("a_SRCH", {"query": "Event | where Nothing == 1"}),
    ],
)
def test_a_job_that_is_none_is_refused_before_it_costs(tmp_path: Path, name: str, said: dict[str, Any]) -> None:
    """Name, language, range, rows."""
    with workspace(tmp_path, None, by_looks()) as asked:
        refused = put(asked, name, **said)

    assert (400, 0) == (refused.status, asked.lab.jobs.spent())


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        (by_looks(9, jobs_running=1), 429),
        (by_looks(jobs_a_day=1), 429),
        (by_looks(result_tables=1), 400),
    ],
)
def test_there_are_only_so_many_jobs_and_tables(tmp_path: Path, settings: SentinelSettings, status: int) -> None:
    """At once, a day, and tables kept."""
    with workspace(tmp_path, None, settings) as asked:
        assert [202, status] == [put(asked, name).status for name in ("a_SRCH", "b_SRCH")]


def test_a_reader_starts_no_job_and_lighthouse_does_not_either(tmp_path: Path) -> None:
    """403, the second whatever was delegated."""
    delegated = Application(HUNTER.id, HUNTER.secret, role=CONTRIBUTOR, delegated=True)
    codes = []
    for turn, application in enumerate((HUNTER, delegated)):
        with workspace(tmp_path / str(turn), None, SentinelSettings(applications=(application,))) as asked:
            refused = put(asked)
            codes.append((refused.status, refused.body["error"]["code"]))

    assert [(403, "AuthorizationFailed"), (403, "LinkedAuthorizationFailed")] == codes


def test_a_cancelled_job_keeps_what_it_has_found_and_costs_no_more(tmp_path: Path) -> None:
    """How a budget is kept."""
    with workspace(tmp_path, None, by_looks(4)) as asked:
        put(asked)
        told(asked)
        told(asked)
        cancelled = asked.arm("POST", "/tables/a_SRCH/cancelSearch")
        said = told(asked)

    assert (200, "Succeeded", 10) == (
        cancelled.status, said["provisioningState"], said["resultStatistics"]["ingestedRecords"],
    )  # fmt: skip
    assert 5 == asked.lab.jobs.spent()


def test_a_deleted_table_is_gone_and_deleting_it_again_is_no_error(tmp_path: Path) -> None:
    """Nothing is left behind."""
    with workspace(tmp_path, None, by_looks()) as asked:
        put(asked)
        left = asked.lab.jobs.left()
        statuses = [asked.arm(method, "/tables/a_SRCH").status for method in ("DELETE", "GET", "DELETE")]

    assert (("a_SRCH",), [200, 404, 204], ()) == (left, statuses, asked.lab.jobs.left())


def test_reads_know_of_writes_only_after_a_while(tmp_path: Path) -> None:
    """A table just made is not found, one just deleted still is."""
    with workspace(tmp_path, None, by_looks(lag=0.4)) as asked:
        put(asked)
        early = asked.arm("GET", "/tables/a_SRCH").status
        until(lambda: asked.arm("GET", "/tables/a_SRCH").status == 200)
        deleted = asked.arm("DELETE", "/tables/a_SRCH").status
        leaving = told(asked)["provisioningState"]
        until(lambda: asked.arm("GET", "/tables/a_SRCH").status == 404)

    assert (404, 202, "Deleting") == (early, deleted, leaving)


def test_a_script_makes_a_job_slow_or_fail(tmp_path: Path) -> None:
    """One needs another look, the other ends halfway."""
    faults = Fault(Bend("search_job_slow", 1), PUT), Fault(Bend("search_job_failed"), When(method="PUT", nth=2))
    with workspace(tmp_path, None, by_looks(2), *faults) as asked:
        put(asked, "slow_SRCH")
        put(asked, "failed_SRCH")
        states = {
            name: [told(asked, name)["provisioningState"] for _ in range(4)] for name in ("slow_SRCH", "failed_SRCH")
        }

    assert ["Updating", "InProgress", "InProgress", "Succeeded"] == states["slow_SRCH"]
    assert ["Updating", "Failed", "Failed", "Failed"] == states["failed_SRCH"]


def test_a_script_loses_a_table(tmp_path: Path) -> None:
    """Somebody else deleted it."""
    with workspace(tmp_path, None, by_looks(), Fault(Bend("lost_table"), When(method="GET", path="_SRCH"))) as asked:
        put(asked)

        assert 404 == asked.arm("GET", "/tables/a_SRCH").status


def test_a_job_by_the_clock_ends_by_itself(tmp_path: Path) -> None:
    """Where nobody looks."""
    settings = SentinelSettings(applications=(PAYER,), job_seconds=2)
    with workspace(tmp_path, None, settings) as asked:
        put(asked)
        early = told(asked)["provisioningState"]
        until(lambda: told(asked)["provisioningState"] == "Succeeded")

    assert early in {"Updating", "InProgress"}


def test_rows_come_whether_or_not_anybody_looks_at_the_job(tmp_path: Path) -> None:
    """A query of the result table sees what there is by now."""
    with workspace(tmp_path, None, SentinelSettings(applications=(PAYER,), job_seconds=2)) as asked:
        put(asked)
        early = asked.kql("a_SRCH | count").tables[0].rows[0][0]
        until(lambda: asked.kql("a_SRCH | count").tables[0].rows[0][0] == 20)

    assert early < 20


def test_the_journal_names_the_job_of_each_call(tmp_path: Path) -> None:
    """So that a law can follow one."""
    with workspace(tmp_path, None, by_looks()) as asked:
        put(asked)
        told(asked)
        asked.arm("DELETE", "/tables/a_SRCH")
        named = [entry.method for entry in asked.running.journal.entries() if entry.search == "a_SRCH"]

    assert ["PUT", "GET", "DELETE"] == named


def test_dynamic_values_survive_a_job(tmp_path: Path) -> None:
    """Their JSON is not written twice."""

    def fill(store: Store) -> None:
        store.add("Event", {**COLUMNS, "Bag": "dynamic"}, rows(1, ago(300), Bag={"a": 1}), keep=Keep(total=400))

    with workspace(tmp_path, fill, by_looks()) as asked:
        put(asked)

        assert '{"a": 1}' == asked.kql("a_SRCH").tables[0].rows[0]["Bag"]
