"""PCRE on Python's engine: the same meaning, or a refusal."""

from __future__ import annotations

import pytest

from lab.spl import SplError, run
from lab.spl.patterns import pcre
from lab.spl.tree import Row

SAME = [
    (r"(?<name>a)b", "ab", "Ab"), (r"(?<x>(?i)^c|d)", "Dx", "xc"), (r"a(?:(?i)b)", "aB", "AB"), (r"[[:digit:]]+x", "12x", "x"),
    (r"[]a]b", "]b", "cb"), (r"[^]]b", "ab", "]b"), (r"a++b", "aab", "aac"), (r"(?>a|ab)c", "ac", "abc"), (r"\h+x", "\tx", "\nx"),
    (r"x\z", "x", "x\n"), (r"x$", "x\n", "xy"), (r"foo(?!bar)", "foobaz", "foobar"), (r"(?<!a)b", "cb", "ab"), (r"\d", "1", "٣"),
    (r"(a)(?(1)b|c)", "ab", "c"), (r"a(?#comment)b", "ab", "a"), (r"x[[]y", "x[y", "xy"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "hit", "miss"), SAME)
def test_a_pattern_keeps_its_meaning(pattern: str, hit: str, miss: str) -> None:
    assert (True, False) == (bool(pcre(pattern).search(hit)), bool(pcre(pattern).search(miss)))


@pytest.mark.parametrize(
    "pattern", [r"a(?i)b", r"\Qa.b\E", "(*UCP)a", "a(?|b|c)", "(?R)", r"\p{L}", r"(?&x)", r"\Kx", "(a", "[a", "a\\"]
)
def test_a_pattern_that_cannot_be_said_the_same_way_is_refused(pattern: str) -> None:
    with pytest.raises(SplError):
        pcre(pattern)


def test_a_backslash_of_a_pattern_is_read_twice() -> None:
    """A quoted text gives one backslash for two, the regex again (help.splunk.com: SPL and regular expressions)."""
    rows: list[Row] = [{"f": "C:\\temp"}, {"f": "C:\temp"}]

    assert rows[:1] == run(r'search * | regex f="C:\\\\temp"', rows, now=0)
    assert rows[1:] == run(r'search * | regex f="C:\\temp"', rows, now=0)
    assert rows[:1] == run(r'search * | regex f="^C:\W\w+$" | regex f!="\t"', rows, now=0)


def test_rex_sets_a_field_for_each_named_group() -> None:
    rows = run(
        'search * | rex field=f max_match=0 "(?<k>\\w)=(?<v>\\d+)" | fields k v',
        [{"f": "a=1 b=22"}, {"f": "none"}],
        now=0,
    )

    assert [{"k": ["a", "b"], "v": ["1", "22"]}, {}] == rows


def test_the_detour_of_converters_by_rex_eval_and_search_works() -> None:
    """OR-ed regexes come out of the stock converter as fields that say "true"."""
    text = (
        'index=main | rex field=f "(?<fMatch>^a\\d)" | eval fCondition=if(isnotnull(fMatch), "true", "false")'
        ' | search fCondition="true" OR g="x"'
    )
    rows = run(text, [{"index": "main", "f": "a1"}, {"index": "main", "g": "X"}, {"index": "main", "f": "b1"}], now=0)

    assert [("a1", None), (None, "X")] == [(row.get("f"), row.get("g")) for row in rows]
