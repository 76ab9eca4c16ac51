"""Whatever is read, the answer is a pipeline or an SplError, and what is read runs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.spl import SplError, parse, run
from lab.spl.tree import Row

PIECES = [
    "search ", "| ", "where ", "eval ", "a", "b", "=", "!=", "<", "(", ")", "[", "]", '"', '"x*"', "'a'", ",",
    " AND ", " OR ", " NOT ", " IN (", "*", "\\", "\\\\", "`", "TERM(", "CASE(", "match(", "if(", "case(",
    "isnull(", "1", "1.5", ".", "+", "-", "::", "10.0.0.0/8", " by ", "count", "dc(a)", "eval(", "| tstats ",
    "| makeresults ", "| stats ", "| rename ", " AS ", "span=1d", "_time", "earliest=-1d@d", "| head 1",
    "| fields ", "| sort -", '| rex field=a "(?<b>.)"', '| regex a!="b"', "| mvexpand a", "| bin ", "searchmatch(",
    "| return ", " ", " ", " ", "\n", "é",
]  # fmt: skip
EVENTS: list[Row] = [{"a": "1", "b": ["x", "10.1.1.1"], "_raw": "a b", "_time": "5"}, {"a": "x\\"}, {}]


def refusal(text: str) -> int | None:
    """Return the place of the refusal, or None for what is read."""
    try:
        parse(text)
    except SplError as refused:
        return refused.at
    return None


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """A crash would look like a defect of the query."""
    place = refusal(text)

    if place is None:
        assert len(run(text, EVENTS, now=1000, lookups={"a": EVENTS})) <= 2 * len(EVENTS)
    else:
        assert place in range(len(text) + 1)


@given(st.text(max_size=30))
def test_any_characters_are_read_or_refused(text: str) -> None:
    assert refusal(text) in {None, *range(len(text) + 1)}


CONDITION = st.sampled_from(["a=1", "b=x*", "NOT a=1", "b!=x", "a<5", "c=*", 'b IN ("x", y)', "_raw=*"])


@given(st.lists(CONDITION, min_size=1, max_size=3), st.lists(CONDITION, min_size=1, max_size=3))
def test_every_row_is_on_one_side_of_a_condition(ors: list[str], ands: list[str]) -> None:
    """NOT of a search condition is its complement, also for absent fields and several values."""
    text = f"({' OR '.join(ors)}) {' '.join(ands)}"
    sides = run(text, EVENTS, now=0) + run(f"NOT ({text})", EVENTS, now=0)

    assert sorted(map(str, EVENTS)) == sorted(map(str, sides))
