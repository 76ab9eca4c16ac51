"""Laws of /search, the way to Basic and Auxiliary tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.sentinel.settings import SentinelSettings
from lab_tests.sentinel.served import ago, workspace


@pytest.mark.parametrize(("table", "count"), [("CommonSecurityLog", 10), ("Proxy_CL", 10)])
def test_basic_reaches_back_thirty_days_and_auxiliary_all_of_its_retention(
    tmp_path: Path, table: str, count: int
) -> None:
    """Rows of the Basic table lie 3 and 60 days back, those of the Auxiliary one 60."""
    with workspace(tmp_path) as asked:
        said = asked.search(table, timespan="P100D")

    assert (200, count) == (said.status, len(said.body["tables"][0]["rows"]))


def test_the_timespan_cuts(tmp_path: Path) -> None:
    """It is the only way to say a time."""
    with workspace(tmp_path) as asked:
        said = asked.search("CommonSecurityLog", timespan=f"{ago(2).isoformat()}/{ago(1).isoformat()}")

    assert [] == said.body["tables"][0]["rows"]


@pytest.mark.parametrize(
    "text",
    [
        "Event",
        "CommonSecurityLog | join (Event) on Computer",
        "CommonSecurityLog | union Proxy_CL",
        "CommonSecurityLog | where TimeGenerated > ago(1d)",
        "search 'x'",
    ],
)
def test_anything_but_one_such_table_without_a_time_is_refused(tmp_path: Path, text: str) -> None:
    """The language's limits there."""
    with workspace(tmp_path) as asked:
        said = asked.search(text)

    assert (400, "BadArgumentError") == (said.status, said.body["error"]["code"])


def test_the_third_at_once_is_turned_away(tmp_path: Path) -> None:
    """Two of one user."""
    with workspace(tmp_path, settings=SentinelSettings(query_seconds=0.5)) as asked, ThreadPoolExecutor(3) as pool:
        said = pool.map(lambda _: asked.search("Proxy_CL | count").status, range(3))

        assert [200, 200, 429] == sorted(said)
