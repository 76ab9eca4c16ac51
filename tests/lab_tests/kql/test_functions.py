"""Stored functions on duckdb-kql: ASIM parsers with named arguments, and watchlists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lab.kql import duck
from lab.kql.model import Refused, Table
from lab_tests.kql.votes import ids

TABLES = {
    "Dns": Table(
        {"id": "string", "TimeGenerated": "datetime", "DnsQuery": "string"},
        [
            {"id": "0", "TimeGenerated": "2022-12-01T00:00:00Z", "DnsQuery": "a.example"},
            {"id": "1", "TimeGenerated": "2023-03-29T00:00:00Z", "DnsQuery": "b.example"},
        ],
    ),
    "Watchlist": Table(
        {"Alias": "string", "SearchKey": "string"},
        [{"Alias": "bad", "SearchKey": "B.example"}, {"Alias": "good", "SearchKey": "a.example"}],
    ),
}
PARSER = """function with (folder="ASIM") _Im_Dns(
    starttime:datetime=datetime(null), endtime:datetime=datetime(null), domain:string='*', disabled:bool=false) {
    Dns | where (isnull(starttime) or TimeGenerated >= starttime) and (isnull(endtime) or TimeGenerated <= endtime)
        and (domain == '*' or DnsQuery has domain) and not(disabled) }"""
WATCHLIST = "function _GetWatchlist(alias:string) { Watchlist | where Alias == alias | project SearchKey }"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("_Im_Dns()", ["0", "1"]),
        ("_Im_Dns(starttime=datetime(2023-01-01))", ["1"]),
        ("_Im_Dns(endtime=datetime(2023-01-01), starttime=ago(30d))", []),
        ("_Im_Dns(datetime(2022-01-01), domain='a.example')", ["0"]),
        ("_Im_Dns(disabled=true)", []),
        ('_Im_Dns() | where DnsQuery in~ ((_GetWatchlist("bad")))', ["1"]),
        ('let bad = _GetWatchlist("bad"); _Im_Dns(domain="b.example") | where DnsQuery in~ (bad)', ["1"]),
        ("_Im_Dns(domain=strcat('b', '.example')) | where _Nothing == 'x'", "refuses"),
        ("_Im_Dns(nope=1)", "refuses"),
        ("_GetWatchlist() | project id=SearchKey", "refuses"),
        ("_Im_Web()", "refuses"),
    ],
)
def test_a_parser_is_called_by_position_and_by_name(call: str, expected: list[str] | str) -> None:
    """Named arguments take their declared place, what lies between takes its default; unknown names are refused."""
    now = datetime(2023, 1, 10, tzinfo=UTC)
    try:
        answer: list[str] | str = ids(duck.run(call, TABLES, functions=[PARSER, WATCHLIST], now=now))
    except Refused:
        answer = "refuses"

    assert expected == answer


def test_a_parser_may_call_another_by_name() -> None:
    """ASIM's unifying parsers hand their arguments on."""
    outer = "function Ours(since:datetime) { _Im_Dns(starttime=since) | where DnsQuery has 'example' }"

    assert ["1"] == ids(duck.run("Ours(datetime(2023-01-01))", TABLES, functions=[outer, PARSER]))


def test_a_loaded_database_is_asked_more_than_once() -> None:
    """Loading costs more than asking; an answer leaves nothing behind."""
    connection = duck.load(TABLES)
    try:
        answers = [len(duck.ask(connection, 'Dns | where ipv4_is_in_range("10.0.0.1", "10.0.0.0/8")')) for _ in "ab"]
    finally:
        connection.close()

    assert [2, 2] == answers


def test_columns_that_differ_only_in_case_are_refused() -> None:
    """The engine's database would make one of them."""
    with pytest.raises(Refused, match="differ only in case"):
        duck.run("T", {"T": Table({"Host": "string", "host": "string"}, [])})
