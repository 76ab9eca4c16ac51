"""tstats: functions over groups, times in spans, data models under their prefix (help.splunk.com: tstats)."""

from __future__ import annotations

from typing import Any

from lab.spl import run
from lab.spl.tree import Row

DAY = 86400
EVENTS: list[Row] = [
    {"_time": str(DAY + 5), "index": "main", "sourcetype": "a", "host": "h1", "Image": "C:\\x.exe", "bytes": "9"},
    {"_time": str(DAY + 9), "index": "main", "sourcetype": "a", "host": "h2", "Image": "C:\\y.exe", "bytes": "10"},
    {"_time": str(3 * DAY), "index": "main", "sourcetype": "b", "host": "h1"},
    {"_time": str(3 * DAY), "index": "other", "sourcetype": "a", "host": "h1"},
]


def table(text: str, **options: Any) -> list[Row]:
    return run(text, EVENTS, now=4 * DAY, **options)


def test_events_are_counted_by_day_and_group() -> None:
    rows = table("| tstats count dc(host) AS hosts where index=main by _time span=1d, sourcetype")
    expected = [
        {"_time": str(DAY), "sourcetype": "a", "count": "2", "hosts": "2"},
        {"_time": str(3 * DAY), "sourcetype": "b", "count": "1", "hosts": "1"},
    ]

    assert expected == rows


def test_a_day_begins_at_midnight_of_the_search_s_zone() -> None:
    rows = table("| tstats count by _time span=1d", timezone="Europe/Berlin")

    assert [str(DAY - 3600), str(3 * DAY - 3600)] == [row["_time"] for row in rows]


def test_first_and_last_seen_are_read_below_the_span() -> None:
    rows = table(
        "| tstats min(_time) AS first max(_time) AS last latest(host) earliest(bytes) values(host) where index=main"
    )
    expected = [
        {
            "first": str(DAY + 5),
            "last": str(3 * DAY),
            "latest(host)": "h1",
            "earliest(bytes)": "9",
            "values(host)": ["h1", "h2"],
        }
    ]

    assert expected == rows


def test_the_where_clause_reads_as_search_does() -> None:
    """OR before AND, wildcards, lists, times."""
    rows = table("| tstats count where index=OTHER OR host=h2 sourcetype IN (a*) earliest=-3d latest=now by index")

    assert [{"index": "main", "count": "1"}, {"index": "other", "count": "1"}] == rows


def test_a_row_without_the_group_s_field_needs_fillnull_value() -> None:
    assert ["9", "10"] == [row["bytes"] for row in table("| tstats count by bytes")][::-1]
    filled = table("| tstats fillnull_value=none count by bytes")

    assert {"bytes": "none", "count": "2"} in filled


def test_without_groups_there_is_a_row_for_no_events() -> None:
    assert [{"count": "0"}] == table("| tstats count where index=nothing")
    assert [] == table("| tstats count where index=nothing by index")


def test_a_data_model_is_read_under_its_prefix() -> None:
    rows = table(
        "| tstats summariesonly=false allow_old_summaries=true prestats=f count min(_time) AS first "
        'from datamodel=Endpoint.Processes where Processes.Image="*\\\\x.exe" by Processes.host2 Processes.Image host'
    )
    assert [] == rows
    rows = table(
        '| tstats count from datamodel=Endpoint.Processes where Processes.Image="*\\\\x.exe" by Processes.Image host'
    )

    assert [{"Processes.Image": "C:\\x.exe", "host": "h1", "count": "1"}] == rows


def test_a_field_without_its_prefix_or_under_another_is_not_in_the_model() -> None:
    """Base fields such as host have none."""
    assert [] == table("| tstats count from datamodel=Endpoint.Processes by Image")
    assert [] == table("| tstats count from datamodel=Endpoint.Processes by Web.Image")
    assert 2 == len(table("| tstats count from datamodel=Endpoint by Processes.Image"))


def test_the_prefix_is_taken_off_by_rename() -> None:
    rows = table(
        "| tstats count from datamodel=Endpoint.Processes by Processes.Image | rename Processes.* AS * | fields Image"
    )

    assert [{"Image": "C:\\x.exe"}, {"Image": "C:\\y.exe"}] == rows


def test_a_network_lets_text_pass_that_is_no_address() -> None:
    """Hence tstats is filtered again by search or cidrmatch."""
    events: list[Row] = [{"ip": "10.0.0.1"}, {"ip": "a.host"}]

    assert 2 == len(run('| tstats count where ip="0.0.0.0/0" by ip', events, now=0))
    assert 1 == len(run('| tstats count where ip="0.0.0.0/0" by ip | search ip="0.0.0.0/0"', events, now=0))
