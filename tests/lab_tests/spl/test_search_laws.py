"""The search command: precedence, case, wildcards, escapes, absent fields, networks, times (help.splunk.com: search)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.spl import parse, quoted, run
from lab.spl.tree import Row

NOW = 1_680_000_000  # 2023-03-28 10:40:00 UTC


def found(search: str, *values: str | list[str] | None) -> list[int]:
    """Return which of these values of f come back, by place; None has no f."""
    events: list[Row] = [{"id": str(at)} | ({} if one is None else {"f": one}) for at, one in enumerate(values)]
    return [int(str(row["id"])) for row in run(search, events, now=NOW)]


def words(search: str, *raw: str) -> list[int]:
    """Return which of these texts come back, by place."""
    rows = run(search, [{"id": str(at), "_raw": one} for at, one in enumerate(raw)], now=NOW)
    return [int(str(row["id"])) for row in rows]


def test_or_binds_before_and() -> None:
    """A rule's `a or (b and c)` written without brackets would ask for (a or b) and c."""
    assert parse("(a=1 OR b=2) AND c=3") == parse("a=1 OR b=2 c=3")
    assert parse("a=1 OR (b=2 c=3)") != parse("a=1 OR b=2 c=3")


def test_not_covers_the_one_condition_after_it() -> None:
    assert parse("(NOT a=1) OR b=2") == parse("NOT a=1 OR b=2")


def test_search_may_be_said_or_implied() -> None:
    assert parse("search a=1") == parse("a=1")
    assert parse("| search a=1") == parse("a=1")


def test_values_ignore_case_and_names_do_not() -> None:
    assert [0, 1] == found("f=abc", "ABC", "abc")
    assert [] == found("F=abc", "abc")


def test_case_is_kept_under_case() -> None:
    assert [1] == found('f=CASE("a*")', "ABC", "abc")


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("*", [0, 1, 2, 3]),
        ("a*", [0, 1]),
        ("*c", [0]),
        ("*B*", [0, 2]),
        ("a*c", [0]),
        ("*b*c*", [0]),
        ("**", [0, 1, 2, 3]),
    ],
)
def test_an_asterisk_is_any_text_of_the_whole_value(pattern: str, hits: list[int]) -> None:
    assert hits == found(f'f="{pattern}"', "abc", "a", "xBx", "")


def test_an_asterisk_cannot_be_escaped() -> None:
    r"""`\*` is no escape: the backslash is a backslash, the asterisk a wildcard (help.splunk.com: Backslashes)."""
    assert [1] == found('f="a\\*b"', "a*b", "a\\xxb")


def test_a_wildcard_spans_lines() -> None:
    assert [0] == found('f="a*b"', "a\nb")


def test_a_backslash_is_written_twice_and_a_single_one_before_a_letter_stays() -> None:
    assert [0] == found(r'f="*\\cmd.exe"', "C:\\Windows\\cmd.exe", "C:\\Windows\\\\xcmd.exe")
    assert found(r'f="a\\sb"', "a\\sb", "a b") == found(r'f="a\sb"', "a\\sb", "a b") == [0]


def test_a_bar_may_be_escaped_in_quotation_marks_or_not() -> None:
    assert (
        [0]
        == found(r'f="a\|b"', "a|b", "a\\|b")
        == found(r"f=a\|b", "a|b", "a\\|b")
        == found('f="a|b"', "a|b", "a\\|b")
    )


def test_a_value_that_ends_in_a_backslash_does_not_swallow_its_quotation_mark() -> None:
    assert [0] == found(r'f="*\\AppData\\" f="C*"', "C:\\AppData\\")


def test_a_bare_value_has_the_same_escapes() -> None:
    assert [0] == found(r"f=D:\\Digital\\RTFM", "D:\\Digital\\RTFM")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda text: "*" not in text))
def test_a_quoted_value_finds_itself_and_no_other(value: str) -> None:
    """Round trip: what a compiler writes with `quoted` is what search compares with."""
    other = value + "x"

    assert [0] == found(f"f={quoted(value)}", value, other)
    assert [1] == found(f"f!={quoted(value)}", value, other)


def test_inequality_needs_the_field_and_not_does_not() -> None:
    assert [1] == found("f!=a", "a", "b", None)
    assert [1, 2] == found("NOT f=a", "a", "b", None)


def test_an_empty_value_is_a_value() -> None:
    assert [0] == found('f=""', "", "a", None)
    assert [0, 1] == found("f=*", "", "a", None)


def test_the_values_of_a_field_are_alternatives() -> None:
    """Not documented: equality holds for any, NOT for none, inequality where one differs."""
    assert [0] == found("f=a", ["a", "b"], ["b", "c"])
    assert [1] == found("NOT f=a", ["a", "b"], ["b", "c"])
    assert [0, 1] == found("f!=a", ["a", "b"], ["b", "c"], "a")


def test_numbers_are_equal_as_text_and_ordered_as_numbers() -> None:
    assert [0] == found("f=1", "1", "1.0", "01")
    assert [1] == found("f>9", "8", "10")
    assert [0] == found('f<"b"', "a", "c")


def test_a_list_takes_wildcards_networks_and_spaces() -> None:
    assert [0, 1, 2] == found('f IN ("*x", 10.0.0.0/8 , "a b")', "ax", "10.9.9.9", "a b", "c")


def test_a_network_matches_addresses_only() -> None:
    assert [0] == found("f=10.0.0.0/8", "10.1.1.1", "11.1.1.1", "host", "10.0.0.0/8")
    assert [0] == found('f="2001:db8::/32"', "2001:db8::1", "2001:db9::1", "10.0.0.1")
    assert [1, 2] == found("f!=10.0.0.0/8", "10.1.1.1", "11.1.1.1", "host", None)


def test_a_path_with_a_slash_is_no_network() -> None:
    assert [0] == found('f="a/8"', "a/8", "10.1.1.1")


def test_a_word_is_a_whole_term_and_an_asterisk_opens_it() -> None:
    """Terms end at breakers (help.splunk.com: segmenters.conf), so a keyword is no substring."""
    assert [0, 2] == words("fail", "it did fail", "failure", "x=FAIL;")
    assert [0, 1, 2] == words("fail*", "it did fail", "failure", "x=FAIL;")
    assert [0] == words('"*3cx*desktop*"', "The 3CXDesktopApp", "desktop 3cx")


def test_a_term_lies_between_major_breakers() -> None:
    assert [0] == words("TERM(a.b)", "x a.b,y", "x=a.b")


def test_a_quoted_field_name_is_a_name() -> None:
    """Not settled on a real Splunk: names with a hyphen are written quoted by converters."""
    rows = run('"cs-host"="*.example" cs-host=a*', [{"cs-host": "a.example"}, {"cs-host": "b"}], now=0)

    assert [{"cs-host": "a.example"}] == rows


def test_earliest_is_inside_and_latest_outside() -> None:
    events = [{"_time": str(NOW - 3600)}, {"_time": str(NOW)}, {}]

    assert events[:1] == run("earliest=-1h latest=now", events, now=NOW)
    assert events[:1] == run(f"earliest={NOW - 3600} latest={NOW}", events, now=NOW)


def test_a_time_snaps_in_the_zone_of_the_search() -> None:
    """Midnight of 28 March 2023 in New York is 04:00 UTC."""
    events = [{"_time": "1679975999"}, {"_time": "1679976000"}]

    assert events[1:] == run("earliest=@d", events, now=NOW, timezone="America/New_York")
    assert events == run('earliest="03/27/2023:00:00:00"', events[::-1], now=NOW)[::-1]


def test_index_time_has_its_own_bounds() -> None:
    events = [{"_indextime": "99"}, {"_indextime": "100"}]

    assert events[1:] == run("_index_earliest=100", events, now=NOW)


def test_events_come_newest_first() -> None:
    assert [{"_time": "2"}, {"_time": "1"}] == run("search *", [{"_time": "1"}, {"_time": "2"}], now=0)
