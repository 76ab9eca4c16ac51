"""What KQL means, asked of both engines: each case names the ids that Kusto's documentation gives.

Pages are of MicrosoftDocs/dataexplorer-docs data-explorer/kusto/query.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from lab.kql import duck, stream
from lab.kql.model import KqlType, Refused, Table
from lab_tests.kql.votes import ENGINES, ids, one_column, votes

BOTH = sorted(ENGINES)
IMAGES = [
    "C:\\a\\3CXDesktopApp.exe",
    "c:\\A\\3cxdesktopapp.EXE",
    None,
    "C:\\b\\other.exe",
    "C:\\a\\3CXDesktopApp.exe.bak",
]
ADDRESSES = ["10.1.2.3", "192.168.1.9", "fe80::1", "host.local", None, "10.1.2", "::ffff:10.1.2.3"]
NUMBERS = [3, 5, None]


def _ask(where: str, kind: KqlType, cells: Sequence[Any]) -> dict[str, list[str] | str]:
    return votes(f"T | where {where}", one_column(kind, cells))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('c =~ "C:\\\\A\\\\3cxdesktopapp.exe"', ["0", "1"]),
        ('c == @"C:\\a\\3CXDesktopApp.exe"', ["0"]),
        ('c endswith @"\\3CXDesktopApp.EXE"', ["0", "1"]),
        ('not(c endswith @"\\3CXDesktopApp.exe")', ["2", "3", "4"]),
        ('c !endswith @".exe"', ["2", "4"]),
        ('c in~ ("x", "C:\\\\B\\\\OTHER.exe")', ["3"]),
        ('c !in~ ("x", "C:\\\\B\\\\OTHER.exe")', ["0", "1", "2", "4"]),
        ('tolower(c) in~ ("c:\\\\b\\\\other.exe") or c contains "BAK"', ["3", "4"]),
        ("isempty(c)", ["2"]),
        ("isnull(c)", []),
        ('c == ""', ["2"]),
        ('c != ""', ["0", "1", "3", "4"]),
        ('c contains "cxdesk"', ["0", "1", "4"]),
        ('c has "cxdesk"', []),
        ('c has "3cxdesktopapp"', ["0", "1", "4"]),
        ('c has_any ("bak", "other")', ["3", "4"]),
        ('c startswith "C:" and not(c has "exe" or c has "none")', []),
    ],
)
def test_texts_are_compared_as_documented(where: str, expected: list[str]) -> None:
    """datatypes-string-operators.md; an absent text is the empty one (scalar-data-types/null-values.md)."""
    assert dict.fromkeys(BOTH, expected) == _ask(where, "string", IMAGES)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("c == 5", ["1"]),
        ("c != 5", ["0", "2"]),
        ("not(c == 5)", ["0", "2"]),
        ("c < 4", ["0"]),
        ("not(c < 4)", ["1"]),
        ("not(not(c < 4))", ["0"]),
        ("isnull(c) or c >= 5", ["1", "2"]),
        ("c between (3 .. 4)", ["0"]),
        ("c !between (3 .. 4)", ["1"]),
    ],
)
def test_an_absent_number_is_null(where: str, expected: list[str]) -> None:
    """scalar-data-types/null-values.md: equality decides, order stays null, also under not()."""
    assert dict.fromkeys(BOTH, expected) == _ask(where, "long", NUMBERS)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('c matches regex "a.b"', ["0"]),
        ('c matches regex "(?s)a.b"', ["0", "1"]),
        ('c matches regex "(?i)A.B"', ["0"]),
        ('c matches regex "^b"', []),
        ('c matches regex "(?m)^b$"', ["1"]),
        ('c matches regex "end$"', ["2"]),
        (r'c matches regex @"^\d+$"', ["4", "5"]),
        (r'c matches regex "^[0-9]+$"', ["4"]),
        (r'c matches regex @"^\w+$"', ["0", "2", "4", "5", "6"]),
        (r'c matches regex @"a\sb"', ["1"]),
        (r'c matches regex @"^[\d_]+$"', ["4", "5"]),
        (r'not(c matches regex @"\D")', ["4", "5"]),
    ],
)
def test_a_regex_is_searched_with_kustos_classes(where: str, expected: list[str]) -> None:
    r"""regex.md: unanchored, the dot stops at line feeds, $ is the very end, \d \w \s are Unicode's."""
    cells = ["axb", "a\nb", "end", "end\n", "12", "١٢", "Zoë"]

    assert dict.fromkeys(BOTH, expected) == _ask(where, "string", cells)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('ipv4_is_in_range(c, "10.0.0.0/8")', ["0"]),
        ('ipv4_is_in_range(c, "10.1.2.99/24")', ["0"]),
        ('not(ipv4_is_in_range(c, "10.0.0.0/8"))', ["1"]),
        ('ipv4_is_in_range(c, "fe80::/10")', []),
        ('not(ipv4_is_in_range(c, "fe80::/10"))', []),
        ('not(coalesce(ipv4_is_in_range(c, "10.0.0.0/8"), false))', ["1", "2", "3", "4", "5", "6"]),
    ],
)
def test_an_ipv4_range_is_null_for_what_is_no_address(where: str, expected: list[str]) -> None:
    """ipv4-is-in-range-function.md: so not() loses host names and empty cells too."""
    assert dict.fromkeys(BOTH, expected) == _ask(where, "string", ADDRESSES)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('ipv4_is_in_any_range(c, "172.16.0.0/12", "192.168.0.0/16")', ["1"]),
        ('ipv4_is_in_any_range(c, dynamic(["10.0.0.0/8", "192.168.0.0/16"]))', ["0", "1"]),
        ('not(ipv4_is_in_any_range(c, dynamic(["10.0.0.0/8"])))', ["1"]),
        ('ipv4_is_match(c, "10.1.2.3")', ["0"]),
        ('ipv4_is_match(c, "10.1.2.77/24")', ["0"]),
        ('ipv4_is_match(c, "10.1.9.9", 16)', ["0"]),
        ("ipv4_is_private(c)", ["0", "1"]),
        ('ipv6_is_in_range(c, "fe80::/10")', ["2"]),
        ('not(ipv6_is_in_range(c, "fe80::/10"))', ["0", "1", "6"]),
        ('not(ipv6_is_in_range(c, "fe80::/129"))', []),
        ('ipv6_is_in_range(c, "::ffff:10.0.0.0/104")', ["0", "6"]),
        ('ipv6_is_in_any_range(c, "fe80::/64", "192.168.1.0/24")', ["1", "2"]),
        ('ipv6_is_match(c, "::ffff:10.1.2.3")', ["0", "6"]),
        ('ipv6_is_match(c, "fe80::ff", 64)', ["2"]),
        ('has_ipv4(c, "10.1.2.3")', ["0", "6"]),
        ('has_ipv4(c, "10.1.2")', []),
        ('has_ipv4_prefix(c, "10.1.")', ["0", "6"]),
        ('has_ipv4_prefix(c, "10.1")', []),
    ],
)
def test_duckdb_kql_has_the_other_address_functions(where: str, expected: list[str]) -> None:
    """The pages named in lab.kql.addresses; only this engine votes."""
    assert {duck.ENGINE: expected} == _ask(where, "string", ADDRESSES)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("c >= datetime(2022-12-01) and c < datetime(2022-12-02)", ["0", "1"]),
        ("c between (datetime(2022-12-01) .. datetime(2022-12-02))", ["0", "1", "2"]),
        ("c between (datetime(2022-12-01T00:00:00Z) .. 1d)", ["0", "1", "2"]),
        ("c >= ago(10m)", ["2"]),
        ("not(c < datetime(2022-12-02 00:00:00))", ["2"]),
    ],
)
def test_times_are_utc_and_between_takes_both_ends(where: str, expected: list[str]) -> None:
    """between-operator.md; a cell given in another zone is the same moment."""
    cells = ["2022-12-01T00:00:00Z", "2022-12-01T23:59:59+00:00", "2022-12-02T02:00:00+02:00", None]
    now = datetime(2022, 12, 2, 0, 10, tzinfo=UTC)
    tables = one_column("datetime", cells)
    query = f"T | where {where}"

    assert [expected, expected] == [ids(run(query, tables, now=now)) for run in ENGINES.values()]


@pytest.mark.parametrize("engine", BOTH)
def test_a_quoted_name_is_that_column_and_a_bare_hyphen_is_a_subtraction(engine: str) -> None:
    """schema-entities/entity-names.md; names come back as they were."""
    tables = {"T": Table({"id": "string", "cs-host": "string"}, [{"id": "0", "cs-host": "a"}, {"id": "1"}])}
    run = ENGINES[engine]

    assert [{"id": "0", "cs-host": "a"}] == run("T | where [\"cs-host\"] == 'a'", tables)
    assert ["1"] == ids(run('T | where ["id"] == "1" and isempty(["cs-host"])', tables))
    with pytest.raises(Refused):
        run('T | where cs-host == "a"', tables)


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize(
    "query", ["T | where C == 1", "T | where d == 1", "U | take 1", "T | where c ==", 'T | where s == "\\q"']
)
def test_a_wrong_query_is_refused_and_not_empty(engine: str, query: str) -> None:
    """Zero rows from a query that Kusto rejects would count as an answer."""
    tables = {"T": Table({"id": "string", "c": "long", "s": "string"}, [{"id": "0", "c": 1}])}

    with pytest.raises(Refused):
        ENGINES[engine](query, tables)


@pytest.mark.parametrize("pattern", ["a(?=b)", "(?<!a)b", "(a)\\\\1", "(?>a)", "("])
def test_a_regex_that_only_another_engine_reads_is_refused(pattern: str) -> None:
    """regex.md lists no look-around and no back reference; Python would run them."""
    with pytest.raises(Refused):
        stream.run(f'T | where c matches regex "{pattern}"', one_column("string", ["ab"]))


def test_events_are_counted_by_hour() -> None:
    """bin-function.md: hours start on the hour; the shape every timeline has."""
    tables = one_column("datetime", ["2022-12-01T10:00:00Z", "2022-12-01T10:59:59Z", "2022-12-01T11:00:00Z"])
    rows = duck.run("T | summarize n=count() by hour=bin(c, 1h) | order by hour asc", tables)

    hours = [datetime(2022, 12, 1, hour, tzinfo=UTC) for hour in (10, 11)]
    assert [{"hour": hours[0], "n": 2}, {"hour": hours[1], "n": 1}] == rows


@pytest.mark.parametrize("engine", BOTH)
def test_cells_come_back_as_they_went_in(engine: str) -> None:
    """Absent is empty for a string and null for all else; a dynamic text stays a text."""
    columns: dict[str, KqlType] = {
        "s": "string", "n": "long", "i": "int", "r": "real", "b": "bool", "t": "datetime", "d": "dynamic", "g": "guid",
    }  # fmt: skip
    full = {
        "s": "ä\n'\"\\", "n": 2**40, "i": -1, "r": 0.5, "b": False, "t": datetime(2022, 12, 1, tzinfo=UTC),
        "d": "[1]", "g": "74be27de-1e4e-49d9-b579-fe0b331d3642",
    }  # fmt: skip
    nested = {**full, "d": {"a": [1, None, "ß"]}}
    absent = {**dict.fromkeys(columns), "s": ""}

    assert [full, nested, absent] == ENGINES[engine]("T", {"T": Table(columns, [full, nested, {}])})


@pytest.mark.parametrize(
    "row", [{"stray": 1}, {"c": "1"}, {"c": True}, {"c": 1.0}], ids=["stray", "text", "bool", "real"]
)
def test_a_row_that_its_table_does_not_declare_is_an_error(row: dict[str, Any]) -> None:
    """A mistyped test table would make every engine agree on nothing."""
    with pytest.raises(ValueError, match=r"stray|not of type long"):
        duck.run("T", {"T": Table({"c": "long"}, [row])})
