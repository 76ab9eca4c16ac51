"""The other commands, by what detection content needs of them (help.splunk.com: Search Reference)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from lab.spl import SplError, quoted, run
from lab.spl.tree import Row

NOW = 1_680_000_000
ROWS: list[Row] = [
    {"_time": "30", "n": "10", "s": "b", "m": ["x", "y"]},
    {"_time": "20", "n": "9", "s": "a"},
    {"_time": "10", "s": "b"},
]
IOC: dict[str, Sequence[Row]] = {
    "ioc": [{"domain": "evil.example", "note": "c2"}, {"domain": "bad.example", "note": "kit"}]
}


def after(text: str, **options: Any) -> list[Row]:
    return run(f"search * | {text}", ROWS, now=NOW, **options)


def column(text: str, name: str, **options: Any) -> list[Any]:
    return [row.get(name) for row in after(text, **options)]


def test_makeresults_gives_rows_with_the_time_of_the_run() -> None:
    assert [{"_time": str(NOW)}] * 2 == run("| makeresults count=2", ROWS, now=NOW)


@pytest.mark.parametrize("value", ['C:\\a b\\"q"', "50%|`x`", "a\nb", "ä", "(*)"])
def test_an_event_travels_through_makeresults_unchanged(value: str) -> None:
    """Labelled events are run against a real Splunk in this very way."""
    data = json.dumps([{"f": value, "n": 1, "m": ["a", "b"], "none": None, "_time": "5"}])
    rows = run(f"| makeresults format=json data={quoted(data)} | search f=* n=1", [], now=NOW)

    assert [{"_time": "5", "f": value, "n": "1", "m": ["a", "b"]}] == rows


def test_makeresults_reads_a_table() -> None:
    rows = run('| makeresults format=csv data="a, b\n1,2\n3,"| fields - _time', [], now=NOW)

    assert [{"a": "1", "b": "2"}, {"a": "3"}] == rows


def test_fields_keeps_internal_fields_and_table_does_not() -> None:
    assert {"_time": "20", "n": "9"} == after("fields n")[1]
    assert {"n": "9"} == after("table n, none")[1]
    assert {"s": "a"} == after("fields - _time n*")[1]


def test_head_and_tail() -> None:
    assert ["30", "20"] == column("head 2", "_time") == column("head limit=2", "_time")
    assert ["10", "20"] == column("tail 2", "_time")


def test_sort_orders_numbers_as_numbers() -> None:
    assert ["9", "10", None] == column("sort n", "n")
    assert ["10", "9", None] == column("sort - n", "n")
    assert ["10", "9", None] == column("sort 0 str(n)", "n")
    assert ["20", "10", "30"] == column("sort s, +_time", "_time")
    assert ["30", "10", "20"] == column("sort -s -_time", "_time")


def test_dedup_keeps_the_first_of_each_and_drops_rows_without_the_field() -> None:
    assert ["30", "20"] == column("dedup s", "_time")
    assert ["30", "20"] == column("dedup n", "_time")
    assert ["30", "20", "10"] == column("dedup n keepempty=true", "_time")


def test_rename_carries_asterisks_over() -> None:
    assert {"_time": "20", "x": "9", "t.s": "a"} == after('rename n AS x, s AS "t.s"')[1]


def test_fillnull_fills_named_fields_or_all() -> None:
    assert ["10", "9", "0"] == column("fillnull n", "n")
    assert [["x", "y"], "-", "-"] == column("fillnull value=-", "m")


def test_bin_floors_times_and_numbers() -> None:
    assert ["0"] * 3 == column("bin _time span=1m", "_time")
    assert ["10-20", "0-10", None] == column("bin span=10 n AS b", "b")


def test_a_time_beyond_the_calendar_is_its_own_span() -> None:
    """Logs hold such times; counting by day must not stop on them."""
    rows = run("| tstats count by _time span=1d", [{"_time": "1e15"}, {"_time": "86401"}], now=0)

    assert ["86400", "1e+15"] == [row["_time"] for row in rows]


def test_mvexpand_gives_a_row_for_each_value() -> None:
    assert ["x", "y", None, None] == column("mvexpand m", "m")


def test_stats_counts_by_group_and_by_condition() -> None:
    rows = after('stats count, count(eval(s="b")) AS b max(n) latest(n) values(m) by s')
    expected = [
        {"s": "a", "count": "1", "b": "0", "max(n)": "9", "latest(n)": "9"},
        {"s": "b", "count": "2", "b": "2", "max(n)": "10", "latest(n)": "10", "values(m)": ["x", "y"]},
    ]

    assert expected == rows


def test_stats_groups_by_each_value_of_a_field() -> None:
    assert [("x", "1"), ("y", "1")] == [(row["m"], row["count"]) for row in after("stats count by m")]


def test_sums_means_and_edges() -> None:
    found = after("stats sum(n) avg(n) range(n) first(n) last(n) list(s) dc(s)")
    expected = [
        {
            "sum(n)": "19",
            "avg(n)": "9.5",
            "range(n)": "1",
            "first(n)": "10",
            "last(n)": "9",
            "list(s)": ["b", "a", "b"],
            "dc(s)": "2",
        }
    ]

    assert expected == found


def test_a_lookup_adds_fields_with_case() -> None:
    """case_sensitive_match is true by default (help.splunk.com: field matching rules)."""
    events: list[Row] = [{"q": "evil.example"}, {"q": "EVIL.example"}, {"q": "x", "note": "old"}]
    rows = run("search * | lookup ioc domain AS q OUTPUT note AS ioc_note", events, now=0, lookups=IOC)

    assert ["c2", None, None] == [row.get("ioc_note") for row in rows]


def test_outputnew_leaves_what_is_filled() -> None:
    events: list[Row] = [{"domain": "evil.example", "note": "old"}]

    assert events == run("search * | lookup ioc domain OUTPUTNEW note", events, now=0, lookups=IOC)
    assert "c2" == run("search * | lookup ioc.csv domain", events, now=0, lookups=IOC)[0]["note"]


def test_inputlookup_filters_as_search_does() -> None:
    assert [{"domain": "bad.example", "note": "kit"}] == run("| inputlookup ioc where note=KIT", [], now=0, lookups=IOC)


def test_a_sub_search_is_its_rows_joined_by_or() -> None:
    """Values from a table ignore case here, unlike in lookup."""
    events: list[Row] = [{"domain": "EVIL.example"}, {"domain": "good.example"}]
    rows = run("[| inputlookup ioc | fields domain]", events, now=0, lookups=IOC)

    assert events[:1] == rows


def test_a_sub_search_without_rows_matches_nothing() -> None:
    """An empty list of indicators finds nothing, and its negation everything."""
    events: list[Row] = [{"domain": "a"}]

    assert [] == run("[| inputlookup ioc | fields domain]", events, now=0, lookups={"ioc": []})
    assert events == run("NOT [| inputlookup ioc | fields domain]", events, now=0, lookups={"ioc": []})


def test_a_list_that_is_not_there_is_an_empty_one_unless_strict() -> None:
    """The search goes on and finds nothing, which looks like success."""
    assert [] == run("[| inputlookup ioc.csv | fields domain]", [{"domain": "a"}], now=0)


def test_require_fails_the_search_around_it_where_nothing_comes() -> None:
    text = "[| inputlookup ioc | fields domain | require]"

    assert [{"domain": "evil.example"}] == run(text, [{"domain": "evil.example"}], now=0, lookups=IOC)
    with pytest.raises(SplError, match="require"):
        run(f"NOT {text}", [{"domain": "a"}], now=0, lookups={"ioc": []})


def test_a_sub_search_s_field_named_search_goes_in_as_words() -> None:
    events: list[Row] = [{"_raw": "GET evil.example"}, {"_raw": "domain=evil.example"}]
    text = '[| inputlookup ioc | head 1 | eval search="get" | fields search]'

    assert events[:1] == run(text, events, now=0, lookups=IOC)


def test_a_sub_search_leaves_internal_fields_out_and_takes_values_as_alternatives() -> None:
    """_time of makeresults would match no event."""
    events: list[Row] = [{"f": "a"}, {"f": "b"}, {"f": "c"}]

    assert events[:2] == run('[| makeresults | eval f=split("a,b", ",")]', events, now=0)


def test_return_gives_one_row_unless_counted() -> None:
    events: list[Row] = [{"q": "evil.example", "_raw": "evil.example"}, {"q": "bad.example", "_raw": "bad.example"}]

    assert events[:1] == run("[| inputlookup ioc | return q=domain]", events, now=0, lookups=IOC)
    assert events == run("[| inputlookup ioc | return 5 q=domain]", events, now=0, lookups=IOC)
    assert events == run("[| inputlookup ioc | return 5 $domain]", events, now=0, lookups=IOC)


def test_format_shows_what_a_sub_search_becomes() -> None:
    rows = run("| inputlookup ioc | format", [], now=0, lookups=IOC)
    expected = [{"search": '( ( domain="evil.example" AND note="c2" ) OR ( domain="bad.example" AND note="kit" ) )'}]

    assert expected == rows


def test_a_sub_search_that_gives_what_search_refuses_is_refused() -> None:
    with pytest.raises(SplError, match="the sub-search gave"):
        run('[| makeresults | eval search="OR" | fields search]', [], now=0)


def test_append_adds_the_rows_of_a_sub_search() -> None:
    assert ["30", "20", "10", str(NOW)] == column("append [| makeresults]", "_time")
    assert 6 == len(after("append [search *]"))


def test_a_data_model_s_events_carry_its_prefix() -> None:
    assert {"_time": "20", "Web.n": "9", "Web.s": "a"} == run("| datamodel Web Web search", ROWS, now=0)[1]
    assert ROWS == run('| from datamodel:"Web.Web"', ROWS, now=0)
    assert ROWS == run("| datamodel Web Web flat", ROWS, now=0)


def test_rows_given_are_never_changed() -> None:
    before = json.dumps(ROWS)
    after(
        'eval n=1, x=2 | rename s AS t | fillnull value=y | lookup ioc domain AS t | rex field=t "(?<u>.)"', lookups=IOC
    )

    assert before == json.dumps(ROWS)
