"""Expressions of where and eval: case, text and numbers, null, functions (help.splunk.com: Evaluation functions)."""

from __future__ import annotations

import pytest

from lab.spl import parse, run
from lab.spl.tree import Row

ROW: Row = {
    "a": "1", "b": "2", "s": "C:\\Windows\\cmd.exe", "mixed": "AbC", "many": ["x", "yy", "x"], "ip": "10.1.2.3", "cs-host": "h",
    "_raw": "an error", "doc": '{"k": {"l": [1, "two"]}}', "url": "a%20b",
}  # fmt: skip
NOW = 1_680_000_000

TRUE = {
    "text keeps case": 'mixed="AbC" AND NOT mixed="abc"',
    "numbers compare as numbers": "b<10 AND b=2.0",
    "a quoted number is text": 'NOT b="2.0"',
    "a field against a field": "a<b AND a!=b",
    "and before or": 'a="1" OR a="9" AND b="9"',
    "xor last": 'a="1" XOR a="9" OR b="9"',
    "odd names in single quotes": "'cs-host'=\"h\"",
    "a doubled backslash": r's="C:\\Windows\\cmd.exe"',
    "regex needs four backslashes": r'match(s, "\\\\cmd\.exe$")',
    "regex is unanchored and keeps case": 'match(mixed, "b") AND NOT match(mixed, "B")',
    "regex flags": 'match(mixed, "(?i)^ABC$")',
    "like covers the value": 'like(s, "%cmd.exe") AND NOT like(s, "cmd%") AND mixed LIKE "A_C"',
    "in has no wildcards": 'in(mixed, "A*", "AbC") AND NOT in(mixed, "A*") AND mixed IN ("AbC")',
    "network": 'cidrmatch("10.0.0.0/8", ip) AND NOT cidrmatch("10.0.0.0/8", s)',
    "search inside": 'searchmatch("error mixed=ABC")',
    "null": "isnull(none) AND isnotnull(a) AND isnull(null())",
    "kinds": "isnum(a) AND isint(a) AND isstr(s) AND NOT isnum(s)",
    "if and else": 'if(none=1, "y", "n")="n"',
    "a truth by if": 'if(a="1", true(), false())',
    "case takes the first": 'case(a="9", "x", a="1", "y", true(), "z")="y"',
    "coalesce": 'coalesce(none, mixed)="AbC"',
    "nullif": "isnull(nullif(a, a))",
    "validate tells what fails": 'validate(a="1", "A", b="9", "B")="B"',
    "case of letters": 'lower(mixed)="abc" AND upper(mixed)="ABC"',
    "length": "len(mixed)=3",
    "substr from 1 and from the end": 'substr(mixed, 1, 2)="Ab" AND substr(mixed, -1)="C"',
    "replace with groups": r'replace(mixed, "(b)(C)", "\2\1")="ACb"',
    "trim": 'trim("  x ")="x" AND rtrim("xaa", "a")="x" AND ltrim("aax", "a")="x"',
    "join": 'a.b="12" AND a."-".b="1-2"',
    "sum before comparison": "a+b*2=5 AND -a<0 AND b%2=0",
    "division by zero": "isnull(1/0) AND 1/2=0.5",
    "round, max, min": "round(2.5)=3 AND round(1.255, 1)=1.3 AND max(a, b, 10)=10 AND min(a, b)=1 AND abs(-2)=2",
    "ceiling and floor": "ceiling(1.2)=2 AND floor(1.8)=1",
    "numbers in and out": 'tonumber("0A", 16)=10 AND tostring(1=1)="True" AND tostring(12345.6, "commas")="12,345.60"',
    "hex and duration": 'tostring(15, "hex")="0xF" AND tostring(615, "duration")="00:10:15"',
    "several values": 'mvcount(many)=3 AND mvindex(many, 1)="yy" AND mvindex(many, -1)="x" AND mvjoin(many, ",")="x,yy,x"',
    "any of several": 'many="yy" AND match(many, "y")',
    "several made": 'mvcount(split("a,b,c", ","))=3 AND mvcount(mvappend(a, many))=4 AND mvfind(many, "y")=1',
    "several changed": 'mvjoin(mvmap(many, upper(many)), "")="XYYX" AND mvcount(mvfilter(match(many, "^x$")))=2',
    "digests": 'md5("a")="0cc175b9c0f1b6a831c399e269772661" AND len(sha1(a))=40 AND len(sha256(a))=64',
    "documents": 'json_extract(doc, "k.l{1}")="two" AND spath(doc, "k.l{0}")="1"',
    "percent signs": 'urldecode(url)="a b"',
    "times": 'strftime(0, "%Y-%m-%dT%H:%M:%S.%3N")="1970-01-01T00:00:00.000" AND strptime("2023-03-28", "%Y-%m-%d")=1679961600',
    "relative times": 'relative_time(now(), "@d")=1679961600 AND relative_time(now(), "-1mon@mon")=1675209600',
}  # fmt: skip


@pytest.mark.parametrize("condition", TRUE.values(), ids=TRUE.keys())
def test_a_condition_that_holds_keeps_the_row(condition: str) -> None:
    assert [ROW] == run(f"search * | where {condition}", [ROW], now=NOW)
    assert [] == run(f"search * | where NOT ({condition})", [ROW], now=NOW)


def test_a_comparison_with_null_is_neither_true_nor_false() -> None:
    """Not documented: we take three-valued logic, the narrower reading, so exclusions need isnull() said."""
    for condition in ('none="x"', 'none!="x"', 'NOT none="x"', "NOT none>1", 'NOT match(none, "x")'):
        assert [] == run(f"search * | where {condition}", [ROW], now=NOW)
    assert [ROW] == run('search * | where isnull(none) OR none!="x"', [ROW], now=NOW)


def test_operators_rank_as_documented() -> None:
    assert parse("* | where a=1 OR (b=2 AND c=3)") == parse("* | where a=1 OR b=2 AND c=3")
    assert parse("* | where (a=1 OR b=2) XOR c=3") == parse("* | where a=1 OR b=2 XOR c=3")
    assert parse("* | where (NOT a=1) AND b=2") == parse("* | where NOT a=1 AND b=2")


def test_a_single_backslash_before_t_is_a_tab_in_an_expression_only() -> None:
    rows: list[Row] = [{"f": "a\tb"}, {"f": "a\\tb"}]

    assert rows[:1] == run('search * | where f="a\\tb"', rows, now=0)
    assert rows[1:] == run('search f="a\\tb"', rows, now=0)


def test_eval_sees_what_it_has_set_and_null_takes_a_field_away() -> None:
    rows = run('search * | eval x=a+1, y=x."!", a=null(), "my field"=\'cs-host\'', [{"a": "1", "cs-host": "h"}], now=0)

    assert [{"x": "2", "y": "2!", "cs-host": "h", "my field": "h"}] == rows


def test_searchmatch_reads_as_search_does() -> None:
    """OR before AND, case ignored, wildcards: a rule's search text inside an expression."""
    rows: list[Row] = [{"f": "A1", "g": "2"}, {"f": "b", "g": "3"}]

    assert rows[:1] == run('search * | where searchmatch("g=2 f=a* OR f=\\"c\\"")', rows, now=0)


def test_numbers_and_times_out_of_range_are_null() -> None:
    """Fields hold what an attacker writes; a search that stops on it would be blind."""
    row: Row = {"long": "9" * 5000, "far": "1e300", "odd": "nan"}
    conditions = ("isnull(long+1)", 'isnull(strftime(far, "%Y"))', 'isnull(relative_time(far, "-1d"))', "isnull(odd*1)")

    assert [row] == run(f"search * | where {' AND '.join(conditions)}", [row], now=0)
