"""Lucene's regular expressions: every operator that Elasticsearch documents."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.eql.lucene import NotLuceneError, regexp

PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]"]),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{})".format, inner, inner),
        st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}"])),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("pattern", "fits", "misses"),
    [
        ("ab.", ["aba", "ab\n"], ["ab", "xaba"]),
        ("abc?", ["ab", "abc"], ["abcc"]),
        ("ab+", ["ab", "abbb"], ["a"]),
        ("ab*", ["a", "abb"], ["b"]),
        ("a{2}", ["aa"], ["a", "aaa"]),
        ("a{2,4}", ["aa", "aaaa"], ["aaaaa"]),
        ("a{2,}", ["aa", "aaaaaa"], ["a"]),
        ("abc|xyz", ["abc", "xyz"], ["abcxyz", "abcyz"]),
        ("abc(def)?", ["abc", "abcdef"], ["abcd"]),
        ("[-a-c]", ["-", "b"], ["d", "-b"]),
        (r"[abc\-\]]", ["-", "]"], ["\\"]),
        ("[^a-c]", ["d", "\n"], ["a", ""]),
        ("a~bc", ["adc", "aec", "abbc", "ac"], ["abc"]),
        ("#|abc", ["abc"], [""]),
        ("foo<1-100>", ["foo1", "foo100", "foo007"], ["foo0", "foo101", "foo"]),
        ("foo<001-100>", ["foo001", "foo100"], ["foo1"]),
        ("aaa.+&.+bbb", ["aaabbb"], ["aaabb", "aabbb"]),
        ("@&~(abc.+)", ["abc", "xabcd", ""], ["abcd"]),
        ("(~(a)){2}b", ["bb", "aab", "b"], ["a"]),
        ('"john@smith.com"', ["john@smith.com"], ["johnsmith.com", "john@smithxcom"]),
        (r"\@\.\\", ["@.\\"], ["\\@.\\"]),
        ("^a$", ["^a$"], ["a"]),
        ("()a", ["a"], [""]),
        ("", [""], ["a"]),
    ],
)
def test_an_operator_means_what_is_documented(pattern: str, fits: list[str], misses: list[str]) -> None:
    asks = regexp(pattern, folded=False)

    assert (fits, []) == ([text for text in fits if asks(text)], [text for text in misses if asks(text)])


@pytest.mark.parametrize("pattern", ["(a", "[a", "a{x}", "a{2", "<a-b>", "<1-2", "a\\", r"\b", "a|", "[c-a]", '"a'])
def test_a_broken_pattern_is_named(pattern: str) -> None:
    with pytest.raises(NotLuceneError):
        regexp(pattern, folded=False)


def test_ignoring_case_reaches_characters_but_not_ranges() -> None:
    """A documented limit: `[a-z]` under `regex~` misses capitals."""
    assert regexp('a[bc]"d"\\.', folded=True)("ABD.")
    assert not regexp("[a-c]", folded=True)("A")
    assert regexp("~(ab)&..", folded=True)("ac")
    assert not regexp("~(ab)&..", folded=True)("AB")


@given(PATTERNS, st.text("ab", max_size=6))
def test_what_both_languages_share_they_read_alike(pattern: str, text: str) -> None:
    """Python's engine is the other witness."""
    assert (re.fullmatch(pattern, text) is not None) == regexp(pattern, folded=False)(text)


@given(PATTERNS, st.text("ab", max_size=6))
def test_a_complement_is_the_opposite(pattern: str, text: str) -> None:
    """The two ways of matching, by `re` and by positions, agree."""
    assert regexp(pattern, folded=False)(text) is not regexp(f"~({pattern})", folded=False)(text)
