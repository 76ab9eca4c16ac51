"""Queries survive being taken apart, and only what is asked for changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.kql.regexes import for_python, for_re2
from lab.kql.tokens import listed, literal, plain_literals, text, tokens, value

QUERY = """let x = dynamic(["a", 'b']); // it's | not
T | where s !in~ ("a", @"b\\") and ["cs-host"] !~ h'c' and n between (1 .. 5) and t > ago(1.5h)
| project-away d, e.f["g"]"""


def test_a_query_is_spelled_again_but_for_its_comments() -> None:
    """What is not rewritten must reach the engine as it was."""
    assert QUERY.replace("// it's | not", " ") == text(tokens(QUERY))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_survives_its_literal(meaning: str) -> None:
    """Log values hold anything."""
    assert meaning == value(literal(meaning))
    assert ["string"] == [token.kind for token in tokens(literal(meaning))]


@given(st.text())
def test_any_text_is_taken_apart_whole(query: str) -> None:
    """Nothing is lost between tokens, whatever is typed."""
    without = query.split("//", maxsplit=1)[0].rstrip()

    assert without == text(tokens(without)).rstrip()


def test_adjacent_literals_are_one() -> None:
    """scalar-data-types/string.md: joined over blanks and comments, whatever their kinds."""
    spliced = 'print "a" \'b\' // c\n @"\\d"'

    assert 'print "ab\\\\d"' == text(plain_literals(tokens(spliced)))


def test_arguments_are_parted_at_their_own_commas() -> None:
    """Commas in calls, arrays and literals belong to them."""
    parts = listed(tokens('a, f(b, c), dynamic(["d", "e"]), "f,g"'))

    assert ["a", "f(b, c)", 'dynamic(["d", "e"])', '"f,g"'] == [text(part).strip() for part in parts]
    assert [] == listed([])


@pytest.mark.parametrize(
    ("pattern", "re2", "python"),
    [
        (r"^\d+$", r"^[\p{Nd}]+$", r"^\d+\Z"),
        (r"[\d$]\$", r"[\p{Nd}$]\$", r"[\d$]\$"),
        (r"\D\\d", r"[^\p{Nd}]\\d", r"\D\\d"),
        (r"[]$][^]\d]$", r"[]$][^]\p{Nd}]$", r"[]$][^]\d]\Z"),
        (r"[[:alpha:]\d]", r"[[:alpha:]\p{Nd}]", r"[[:alpha:]\d]"),
        (r"(?m)^a$", r"(?m)^a$", r"(?m)^a$"),
    ],
)
def test_only_classes_and_ends_are_respelled(pattern: str, re2: str, python: str) -> None:
    """A dollar or a d that is itself stays so."""
    assert (re2, python) == (for_re2(pattern), for_python(pattern))
