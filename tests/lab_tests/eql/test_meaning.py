"""What an event query finds: the meanings that detections rely on."""

from __future__ import annotations

from typing import Any

import pytest

from lab.eql.run import matcher, run

SCHEMA = {
    "@timestamp": "date",
    "cs-host": "keyword",
    "destination.port": "long",
    "dll.signed": "boolean",
    "process.args": "keyword",
    "process.command_line": "wildcard",
    "process.name": "keyword",
    "source.ip": "ip",
    "user.name": "keyword",
}


def found(condition: str, field: str, *values: Any) -> list[Any]:
    """Give those values of a field that a condition finds; the value None is an event without it."""
    events = [{"id": value, **({} if value is None else {field: value})} for value in values]
    return run(f"any where {condition}", events, SCHEMA)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('process.name == "Cmd.exe"', ["Cmd.exe"]),
        ('process.name : "Cmd.exe"', ["Cmd.exe", "CMD.EXE"]),
        ('process.name in ("Cmd.exe", "x")', ["Cmd.exe"]),
        ('process.name in~ ("cmd.exe", "x")', ["Cmd.exe", "CMD.EXE"]),
        ('process.name like "Cmd*"', ["Cmd.exe"]),
        ('process.name like~ ("cmd*", "x")', ["Cmd.exe", "CMD.EXE"]),
        ('process.name regex "Cmd.*"', ["Cmd.exe"]),
        ('process.name regex~ "cmd.*"', ["Cmd.exe", "CMD.EXE"]),
        ('startsWith(process.name, "Cmd")', ["Cmd.exe"]),
        ('startsWith~(process.name, "cmd")', ["Cmd.exe", "CMD.EXE"]),
        ('endsWith~(process.name, ".exe")', ["Cmd.exe", "CMD.EXE"]),
        ('stringContains~(process.name, "MD.e")', ["Cmd.exe", "CMD.EXE"]),
        ('indexOf~(process.name, "MD") == 1', ["Cmd.exe", "CMD.EXE"]),
        ('between~(process.name, "c", ".EXE") == "md"', ["Cmd.exe", "CMD.EXE"]),
    ],
)
def test_only_the_colon_and_the_tilde_ignore_case(condition: str, expected: list[str]) -> None:
    """An engine that ignores case everywhere hides a rule that misses `CMD.EXE`."""
    assert expected == found(condition, "process.name", "Cmd.exe", "CMD.EXE", "other")


def test_case_is_ignored_for_ascii_letters_only() -> None:
    """Documented for term and prefix queries, which is what these become."""
    assert ["Ä"] == found('process.name : "Ä"', "process.name", "Ä", "ä")


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("*", "", True),
        ("?", "", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*c", "a\nc", True),
        ("a.c", "abc", False),
        ("[ab]*", "a", False),
        ("**a**", "xax", True),
    ],
)
def test_star_and_question_mark_are_the_only_wildcards(pattern: str, value: str, expected: bool) -> None:
    assert expected == bool(found(f'process.name : "{pattern}"', "process.name", value))


def test_equality_and_lists_have_no_wildcards() -> None:
    """A converted rule must not lean on `in~` for patterns."""
    assert ["a*"] == found('process.name == "a*"', "process.name", "ab", "a*")
    assert ["a*"] == found('process.name in~ ("A*")', "process.name", "ab", "a*")


@pytest.mark.parametrize(
    "text",
    [r'"*\\Temp\\*.dll"', '"""*\\Temp\\*.dll"""', r'"*\u{5c}temp\u{0000005C}*.dll"'],
    ids=["escaped", "raw", "by code"],
)
def test_a_backslash_in_a_pattern_is_a_backslash(text: str) -> None:
    """After the string is read no second unescaping happens, so `\\*` is a backslash and then anything."""
    values = ("C:\\Temp\\d3dcompiler_47.dll", "C:\\Temp.dll", "C:\\\\Temp\\\\x.dll")

    assert [values[0], values[2]] == found(f"process.command_line : {text}", "process.command_line", *values)


def test_strings_know_their_escapes() -> None:
    assert ['a\t"b\\'] == found(r'process.name == "a\t\"b\\"', "process.name", 'a\t"b\\', "a")


def test_odd_names_stand_in_backticks() -> None:
    assert ["x"] == found('`cs-host` : "X"', "cs-host", "x", "y")
    assert ["b"] == run('any where `and`.`a``b` == "b"', [{"id": "b", "and": {"a`b": "b"}}], {"and.a`b": "keyword"})


def test_the_timestamp_needs_no_backticks() -> None:
    """The grammar of Elasticsearch lets `@` begin a name; dates compare as moments, whatever their spelling."""
    late = "2023-03-29T12:00:00+02:00"

    assert [late] == found('@timestamp >= "2023-03-29T10:00:00.000Z"', "@timestamp", late, "2023-03-29T09:59:59Z")


@pytest.mark.parametrize(
    "condition",
    [
        'process.name == "a"',
        'process.name != "a" and process.name != null',
        'process.name > ""',
        "length(process.name) != 9",
        'process.name : "*"',
        'process.name regex ".*"',
        "process.name != null",
        "?process.name != null",
    ],
)
def test_a_test_of_an_absent_field_does_not_hold(condition: str) -> None:
    assert [] == found(condition, "process.name", None)


@pytest.mark.parametrize(
    "condition",
    [
        'not process.name : "a"',
        'process.name != "a"',
        'process.name not in ("a", "b")',
        'not (process.name : "a" and user.name : "b")',
        'not process.name > "a"',
        "not length(process.name) == 1",
        'endsWith(process.name, "a") != true',
        'endsWith(process.name, "a") == false',
        'not process.name regex~ "a.*"',
        "process.name == null",
        "not process.name != null",
    ],
)
def test_not_keeps_events_without_the_field(condition: str) -> None:
    """A filter of a rule excludes what it names, and nothing else."""
    assert [None, "x"] == found(f'({condition}) or process.name == "x"', "process.name", None, "x")


def test_an_unmapped_optional_field_is_null_under_not_too() -> None:
    """Our reading of "replaces it with null": such a filter lets nothing through, so a compiler should not emit it."""
    assert ["x"] == found("?nosuch.field == null", "process.name", "x")
    assert [] == found('?nosuch.field : "a"', "process.name", "x")
    assert [] == found('not ?nosuch.field : "a"', "process.name", "x")
    assert ["x"] == found('not (?nosuch.field : "a" and process.name : "y")', "process.name", "x", "y")


def test_one_of_several_values_is_enough_and_negation_excludes_on_any() -> None:
    several, other = ("a", "b"), ("c",)

    assert [several] == found('process.args == "b"', "process.args", several, other)
    assert [other] == found('process.args != "b"', "process.args", several, other)
    assert [several] == found('startsWith(process.args, "b")', "process.args", several, other)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('cidrMatch(source.ip, "10.0.0.0/8")', ["10.1.2.3", "::ffff:10.0.0.1"]),
        ('cidrMatch(source.ip, "10.9.9.9/8", "fe80::/10")', ["10.1.2.3", "fe80::1", "::ffff:10.0.0.1"]),
        ('cidrMatch(source.ip, "::/0")', ["fe80::1"]),
        ('not cidrMatch(source.ip, "10.0.0.0/8")', ["fe80::1", None]),
        ('source.ip == "fe80:0:0::1"', ["fe80::1"]),
        ('source.ip in ("10.1.2.3", "192.0.2.1")', ["10.1.2.3"]),
    ],
)
def test_addresses_match_blocks_and_equal_by_value(condition: str, expected: list[str | None]) -> None:
    assert expected == found(condition, "source.ip", "10.1.2.3", "fe80::1", "::ffff:10.0.0.1", None)


def test_numbers_compare_as_numbers_and_booleans_as_truth() -> None:
    assert [443, "443"] == found("destination.port >= 443", "destination.port", 443, "443", 80, "80")
    assert [80, 443] == found("destination.port in (80, 443.0)", "destination.port", 80, 443, 8080)
    assert [True, "true"] == found("dll.signed", "dll.signed", True, "true", False, None)
    assert [False, None] == found("dll.signed != true", "dll.signed", True, False, None)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('concat(process.name, " ", 42, true)', '"a.EXE 42true"'),
        ("divide(-7, 2) + length(process.name)", "2"),
        ("-7 % 3", "-1"),
        ('number("0x11") - number("ff", 16)', "-238"),
        ('indexOf(process.name, "z")', "null"),
        ("substring(process.name, -4, -1)", '".EX"'),
        ('between("a\\\\b\\\\c\\\\d", "\\\\", "\\\\", true)', '"b\\\\c"'),
        ("string(1.5)", '"1.5"'),
    ],
)
def test_functions_give_what_the_reference_says(expression: str, value: str) -> None:
    assert ["a.EXE"] == found(f"{expression} == {value}", "process.name", "a.EXE")


def test_the_category_is_compared_exactly_and_may_be_one_of_several() -> None:
    events: list[dict[str, Any]] = [
        {"id": 1, "event": {"category": ["file", "process"]}},
        {"id": 2, "event.category": "Process"},
        {"id": 3},
    ]

    assert [1] == run("process where true", events, {})
    assert [1, 2, 3] == run("any where true", events, {})
    assert [] == run('"any" where true', events, {})


def test_nested_objects_and_dotted_names_are_the_same() -> None:
    """Objects in a list join their values, as Elasticsearch flattens them."""
    holds = matcher('any where process.name == "a" and process.args == "y"', SCHEMA)

    assert holds({"process": {"name": "a", "args": ["x", "y"]}})
    assert holds({"process": [{"name": "a"}, {"args": "y"}]})
    assert not holds({"process.name": "a"})


def test_events_come_back_by_time_and_pipes_cut_in_turn() -> None:
    events = [{"id": day, "@timestamp": f"2023-03-{day}T00:00:00Z"} for day in (31, 29, 30)]

    assert [29, 30, 31] == run("any where true", events, SCHEMA)
    assert [30] == run("any where true | head 2 | tail 1", events, SCHEMA)
    assert [] == run("any where true | tail 0", events, SCHEMA)


def test_and_binds_before_or_and_not_before_both() -> None:
    values = ("a", "b", "c")

    assert ["a"] == found('process.name == "a" or process.name == "b" and process.name == "c"', "process.name", *values)
    assert ["b"] == found('not process.name == "a" and process.name != "c"', "process.name", *values)
