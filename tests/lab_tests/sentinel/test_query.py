"""Laws of the query API, asked by the real azure-monitor-query over TLS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from lab.sentinel.roles import NOTHING
from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab.sentinel.store import Keep, Store
from lab.serve.faults import Bend, Fault, Refusal, When
from lab_tests.sentinel.served import COLUMNS, Asked, ago, ids, rows, workspace

API = When(path="/v1/")
FORGETFUL = Application(HUNTER.id, HUNTER.secret, denied=frozenset({"SecurityEvent"}))


def _refused(folder: Path, text: str, settings: SentinelSettings | None = None) -> HttpResponseError:
    with workspace(folder, settings=settings) as asked, pytest.raises(HttpResponseError) as refused:
        asked.kql(text)
    return refused.value


def _innermost(error: HttpResponseError) -> Any:
    said = json.loads(error.response.text())["error"]  # type: ignore[union-attr]
    while "innererror" in said:
        said = said["innererror"]
    return said["code"]


def test_archived_and_expired_rows_are_not_there_and_nobody_says_so(tmp_path: Path) -> None:
    """The trap that routing exists for (3.3)."""
    with workspace(tmp_path) as asked:
        said = asked.kql("Event")
        archived = asked.kql("Event", timespan=(ago(400), ago(200)))

    assert (30, 0) == (len(said.tables[0].rows), len(archived.tables[0].rows))
    assert "LogsQueryStatus.SUCCESS" == str(archived.status)


def test_the_timespan_and_the_query_are_intersected_and_both_its_ends_count(tmp_path: Path) -> None:
    """Rows lie a millisecond apart from five days ago on."""
    start = ago(5)
    with workspace(tmp_path) as asked:
        end = start + timedelta(milliseconds=20)
        said = asked.kql("Event | where EventID >= 18 | order by EventID asc", timespan=(start, end))

    assert [18, 19, 20] == ids(said.tables[0])


def test_standard_columns_show_only_when_asked_for(tmp_path: Path) -> None:
    """A hunter that wants _ItemId must name it."""
    with workspace(tmp_path) as asked:
        plain = asked.kql("Event | where EventID == 1").tables[0]
        named = asked.kql("Event | where EventID == 1 | project _ItemId, At = ingestion_time()").tables[0]

    assert ["TenantId", "TimeGenerated", "SourceSystem", "Type", "_ResourceId", *COLUMNS] == plain.columns
    assert ["_ItemId", "At"] == named.columns
    assert ago(5) + timedelta(seconds=220, milliseconds=1) == named.rows[0]["At"]


def test_a_table_that_is_not_there_fails_the_whole_query(tmp_path: Path) -> None:
    """SEM0100, whatever else was asked."""
    assert "SEM0100" == _innermost(_refused(tmp_path, "union Event, DeviceEvents | count"))


def test_a_column_that_is_not_there_fails_the_whole_query(tmp_path: Path) -> None:
    """Read by Microsoft's own parser where it can be loaded, else by the engine."""
    assert "SEM0100" == _innermost(_refused(tmp_path, "Event | where CommandLine has 'x'"))


@pytest.mark.parametrize("table", ["CommonSecurityLog", "Proxy_CL"])
def test_a_basic_or_auxiliary_table_is_refused(tmp_path: Path, table: str) -> None:
    """They are asked by /search."""
    assert "UnsupportedApiQueryValidationError" == _innermost(_refused(tmp_path, f"{table} | count"))


@pytest.mark.parametrize(
    "application", [Application(HUNTER.id, HUNTER.secret, role=NOTHING), FORGETFUL], ids=["workspace", "table"]
)
def test_what_may_not_be_read_is_denied(tmp_path: Path, application: Application) -> None:
    """403 for the workspace, and for one table of it."""
    error = _refused(tmp_path, "SecurityEvent", SentinelSettings(applications=(application,)))

    assert (403, "InsufficientAccessError") == (error.status_code, error.error.code)  # type: ignore[union-attr]


def test_a_denied_table_leaves_the_others(tmp_path: Path) -> None:
    """Rights are by table."""
    with workspace(tmp_path, settings=SentinelSettings(applications=(FORGETFUL,))) as asked:
        assert 30 == asked.kql("Event | count").tables[0].rows[0][0]


@pytest.mark.parametrize(("count", "status"), [(9, "SUCCESS"), (10, "SUCCESS"), (11, "PARTIAL")])
def test_rows_over_the_cap_are_missing_and_an_error_beside_the_rows_says_so(
    tmp_path: Path, count: int, status: str
) -> None:
    """200 with tables and an error; exactly at the cap nothing tells."""
    with workspace(tmp_path, settings=SentinelSettings(rows=10)) as asked:
        said = asked.kql(f"Event | where EventID < {count}")
        tables = said.tables if status == "SUCCESS" else said.partial_data

    assert (f"LogsQueryStatus.{status}", min(count, 10)) == (str(said.status), len(tables[0].rows))


def test_bytes_over_the_cap_are_missing_too(tmp_path: Path) -> None:
    """The other limit of an answer."""

    def fill(store: Store) -> None:
        store.add("Event", COLUMNS, rows(2_000, ago(5), EventData="x" * 100))

    with workspace(tmp_path, fill, SentinelSettings(size=100_000)) as asked:
        said = asked.kql("Event | project EventData")

    assert ("PartialError", True) == (said.partial_error.code, 900 < len(said.partial_data[0].rows) < 1_000)


@pytest.mark.parametrize(("word", "rows_"), [("partial", 15), ("capped", 7)])
def test_a_script_makes_an_answer_partial(tmp_path: Path, word: str, rows_: int) -> None:
    """Iterating gives rows as if it were whole."""
    with workspace(tmp_path, None, None, Fault(Bend(word, 7), API)) as asked:
        said = asked.kql("Event")

    assert ("LogsQueryStatus.PARTIAL", rows_) == (str(said.status), len(next(iter(said)).rows))


def test_a_partial_answer_may_have_no_table(tmp_path: Path) -> None:
    """The SDK cannot even iterate it."""
    with workspace(tmp_path, None, None, Fault(Bend("partial_without_table"), API)) as asked:
        said = asked.kql("Event")

    assert ("PartialError", None) == (said.partial_error.code, said.partial_data)


@pytest.mark.parametrize("word", ["empty", "no_content"])
def test_an_answer_without_a_body_breaks_the_sdk(tmp_path: Path, word: str) -> None:
    """Documented, and a JSONDecodeError."""
    with workspace(tmp_path, None, None, Fault(Bend(word), API)) as asked, pytest.raises(json.JSONDecodeError):
        asked.kql("Event")


def test_a_workspace_without_tables_has_no_content(tmp_path: Path) -> None:
    """204, a documented answer."""
    with workspace(tmp_path, lambda store: None) as asked:  # noqa: ARG005
        path = f"/v1/workspaces/{asked.lab.settings.workspace}/query"
        said = asked.http("POST", path, {"query": "Event"}, token=asked.token())

    assert (204, None) == (said.status, said.body)


def test_a_request_without_json_gets_an_empty_answer(tmp_path: Path) -> None:
    """200 and nothing, documented."""
    with workspace(tmp_path) as asked:
        path = f"/v1/workspaces/{asked.lab.settings.workspace}/query"
        said = asked.http("POST", path, {"query": "Event"}, token=asked.token(), Content_Type="text/plain")

    assert (200, None) == (said.status, said.body)


def test_what_takes_longer_than_asked_for_ends_in_504(tmp_path: Path) -> None:
    """By Prefer: wait."""
    with workspace(tmp_path, settings=SentinelSettings(query_seconds=5)) as asked:
        with pytest.raises(HttpResponseError) as refused:
            asked.kql("Event", server_timeout=1)
        took = asked.running.journal.entries()[-1]

    assert (504, True) == (refused.value.status_code, 1 <= took.ended - took.started < 3)


@pytest.mark.parametrize(
    ("fault", "wait"),
    [(Bend("queue_full"), None), (Bend("queue_full", 7), "7"), (Refusal(429, wait=3), "3"), (Bend("timeout"), None)],
)
def test_a_script_turns_a_query_away(tmp_path: Path, fault: Bend | Refusal, wait: str | None) -> None:
    """429 with and without Retry-After, and 504 at once."""
    with workspace(tmp_path, None, None, Fault(fault, API)) as asked, pytest.raises(HttpResponseError) as refused:
        asked.kql("Event")
    response: Any = refused.value.response
    status = 504 if fault == Bend("timeout") else 429

    assert (status, wait) == (response.status_code, response.headers.get("Retry-After"))


def _at_once(folder: Path, settings: SentinelSettings, count: int) -> list[int]:
    """Return the statuses of so many queries sent at once, sorted."""
    with workspace(folder, settings=settings) as asked:
        token, path = asked.token(), f"/v1/workspaces/{settings.workspace}/query"
        send: Callable[[int], int] = lambda _: asked.http("POST", path, {"query": "Event"}, token=token).status  # noqa: E731
        with ThreadPoolExecutor(count) as pool:
            return sorted(pool.map(send, range(count)))


def test_more_queries_than_run_wait_and_more_than_wait_are_turned_away(tmp_path: Path) -> None:
    """Five run and two hundred wait; here two and three."""
    settings = SentinelSettings(running=2, queued=3, query_seconds=0.5)

    assert [200] * 5 + [429] * 3 == _at_once(tmp_path, settings, 8)


def test_who_waits_too_long_in_the_queue_is_turned_away(tmp_path: Path) -> None:
    """After three minutes; here a fifth of a second."""
    settings = SentinelSettings(running=1, query_seconds=0.8, patience=0.2)

    assert [200, 429, 429] == _at_once(tmp_path, settings, 3)


def test_more_requests_in_half_a_minute_than_allowed_are_turned_away_with_a_time_to_wait(tmp_path: Path) -> None:
    """Two hundred; here three."""
    with workspace(tmp_path, settings=SentinelSettings(a_window=3)) as asked:
        token, path = asked.token(), f"/v1/workspaces/{asked.lab.settings.workspace}/query"
        said = [asked.http("POST", path, {"query": "Event | count"}, token=token) for _ in range(4)]

    assert [200, 200, 200, 429] == [one.status for one in said]
    assert 20 <= int(said[-1].headers["Retry-After"]) <= 30


def test_what_arrives_more_than_two_days_late_carries_its_arrival(tmp_path: Path) -> None:
    """TimeGenerated is not the event's time then."""

    def fill(store: Store) -> None:
        late = [{"TimeGenerated": ago(5 + days), "_TimeReceived": ago(5), "EventID": days} for days in (0, 1, 2, 3)]
        store.add("Event", COLUMNS, [*late, {"TimeGenerated": ago(3), "_TimeReceived": ago(5), "EventID": 4}])

    with workspace(tmp_path, fill) as asked:
        said = asked.kql("Event | order by EventID asc").tables[0]

    assert [ago(5), ago(6), ago(7), ago(5), ago(5)] == [row["TimeGenerated"] for row in said.rows]


def test_a_field_is_cut_at_32_kilobytes(tmp_path: Path) -> None:
    """Silently."""

    def fill(store: Store) -> None:
        store.add("Event", COLUMNS, rows(1, ago(1), EventData="x" * 40_000))

    with workspace(tmp_path, fill) as asked:
        assert 32_768 == len(asked.kql("Event").tables[0].rows[0]["EventData"])


def test_what_has_not_arrived_yet_is_not_there(tmp_path: Path) -> None:
    """Late data comes when it comes."""
    with workspace(tmp_path) as asked:
        before = asked.kql("Event | count").tables[0].rows[0][0]
        asked.lab.store.ingest("Event", [{"TimeGenerated": ago(1), "_IngestedAt": ago(-1)}, {"TimeGenerated": ago(1)}])
        after = asked.kql("Event | count").tables[0].rows[0][0]

    assert (30, 31) == (before, after)


def test_what_is_asked_again_sees_what_has_changed(tmp_path: Path) -> None:
    """Answers are given again only of tables that are as they were, and kept as long."""
    with workspace(tmp_path) as asked:
        store = asked.lab.store

        def told() -> list[int]:
            return ids(asked.kql("Event | project EventID | order by EventID asc").tables[0])

        def changed(change: Callable[[], None]) -> list[int]:
            change()
            return told()

        first, again = told(), told()
        grown = changed(lambda: store.ingest("Event", [{"TimeGenerated": ago(1), "EventID": 99}]))
        other = changed(lambda: store.add("Event", COLUMNS, rows(31, ago(1))))
        fewer = changed(lambda: store.change("Event", shown=2))
        older = changed(lambda: store.change("Event", shown=None, keep=Keep(interactive=0)))

    assert (first, [*first, 99], list(range(31)), [0, 1], []) == (again, grown, other, fewer, older)
    assert list(range(30)) == first


def test_what_arrives_while_nobody_changes_a_table_is_seen(tmp_path: Path) -> None:
    """Also what many ask at once, which is asked of the engine once."""
    arrives = datetime.now(UTC) + timedelta(seconds=3)
    with workspace(tmp_path) as asked:
        asked.lab.store.ingest("Event", [{"TimeGenerated": ago(1), "EventID": 99, "_IngestedAt": arrives}])
        before = _counts(asked)
        while datetime.now(UTC) <= arrives:
            time.sleep(0.1)
        after = _counts(asked)

    assert ([30] * 4, [31] * 4) == (before, after)


def _counts(asked: Asked) -> list[int]:
    with ThreadPoolExecutor(4) as pool:
        return [len(one.tables[0].rows) for one in pool.map(asked.kql, ["Event"] * 4)]
