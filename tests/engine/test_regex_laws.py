"""What is said of a regular expression before it is sent: the text no match can do without."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntline.translate.regex import LUCENE, RE2, required, rewritten

PATTERNS = (
    r"echo.*clip.*&&.*(Clipboard|i`?n`?v)",
    r"a?bcd+e",
    r"(abc)+x{2,3}yz",
    r"^\\\\host\\[a-z]+$",
    r"foo|bar",
    r"[ab]c(?:de)?fg",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_every_match_contains_what_is_required(pattern: str, data: st.DataObject) -> None:
    """A hunt narrows its search by it: were it not in some match, that match would never be seen."""
    value = data.draw(st.from_regex(pattern))

    assert re.search(pattern, value)
    assert required(pattern) in value


def test_what_is_required_is_worth_asking_for() -> None:
    assert ["echo", "bc", "yz", "\\\\host\\", "", "fg"] == [required(pattern) for pattern in PATTERNS]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_a_rewritten_expression_finds_every_match(pattern: str, data: st.DataObject) -> None:
    """Python's own engine reads both flavours here: RE2's anywhere, Lucene's against the whole value."""
    value = data.draw(st.from_regex(pattern))

    assert re.search(rewritten(pattern, "", RE2, loose=True), value)
    assert re.fullmatch(rewritten(pattern, "", LUCENE, loose=True), value, re.DOTALL)
