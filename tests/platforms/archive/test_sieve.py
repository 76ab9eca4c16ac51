"""The SQL condition never loses a row the matcher would take, and its narrow reading never takes another."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from huntline.detections.match import match
from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline_archive.columns import line_columns, odd_of, text_of
from huntline_archive.dialect import Mode, Names, condition
from huntline_archive.fields import Paths, loads, read
from huntline_archive.sql import text as literal

FIELDS = ("a", "b", "n.m")
LETTERS = st.text(st.sampled_from("aAbBkKsSſK ſİßẞé.*?\\-\n[{\"'0159:"), max_size=6)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(allow_nan=False, allow_infinity=False), LETTERS
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(LETTERS, SCALARS, max_size=2))
EVENTS = st.fixed_dictionaries(
    {}, optional={"a": VALUES, "b": VALUES, "n": st.fixed_dictionaries({}, optional={"m": VALUES})}
)
TEXTS = ("is", "contains", "startswith", "endswith", "wildcard")
PATTERNS = (
    "a.b",
    "^a",
    "b$",
    "[^a]b",
    "(?i)K",
    "a{2,70}",
    r"\bb\b",
    "(?=a)a",
    "(a)|b",
    r"[\s]+",
    "a*?b",
    r"[^\W]",
    r"(b)\1",
)


def single_tests() -> st.SearchStrategy[Predicate]:
    names = st.sampled_from(FIELDS)
    some = st.lists(LETTERS, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Test, names, st.sampled_from(TEXTS), some, st.booleans()),
        st.builds(
            Test,
            names,
            st.just("regex"),
            st.sampled_from(PATTERNS).map(lambda p: (p,)),
            flags=st.sampled_from(["", "i", "ms"]),
        ),
        st.builds(
            Test, names, st.sampled_from(["lt", "lte", "gt", "gte"]), st.sampled_from([("1",), ("0.5",), ("-3",)])
        ),
        st.builds(Test, names, st.just("exists"), st.sampled_from([("true",), ("false",)])),
        st.builds(Test, names, st.just("null"), st.just(())),
        st.builds(Test, names, st.just("fieldref"), names.map(lambda n: (n,)), st.booleans()),
        st.builds(Test, names, st.just("cidr"), st.sampled_from([("10.0.0.0/8",), ("::/0",), ("1.5.9.0/24",)])),
    )


def predicates() -> st.SearchStrategy[Predicate]:
    return st.recursive(
        single_tests(),
        lambda inner: st.one_of(
            st.builds(Never, inner),
            st.builds(Every, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Some, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=5,
    )


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def taken(database: duckdb.DuckDBPyConnection, predicate: Predicate, mode: Mode, raw: str) -> bool:
    columns = line_columns(FIELDS)
    names = Names(
        lambda name: text_of(Paths((name,)), columns.locate), lambda name: odd_of(Paths((name,)), columns.locate), None
    )
    test = condition(predicate, mode, names)
    sql = (
        f"SELECT {test} FROM (SELECT raw, from_json(raw, {literal(columns.spec)}) AS s FROM (SELECT ?::VARCHAR AS raw))"
    )
    (row,) = database.execute(sql, [raw]).fetchall()
    assert isinstance(row[0], bool)
    return row[0]


def fields(event: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: values for name in FIELDS if (values := read(Paths((name,)), event))}


@settings(max_examples=300, deadline=None)
@given(predicate=predicates(), event=EVENTS)
def test_a_row_the_matcher_takes_is_never_sieved_out(
    database: duckdb.DuckDBPyConnection, predicate: Predicate, event: dict[str, Any]
) -> None:
    """A miss here is a missed intrusion: the condition may let more through, never less."""
    raw = json.dumps(event)

    matched = match(predicate, fields(loads(raw))) is not None

    assert taken(database, predicate, "may", raw) >= matched


@settings(max_examples=300, deadline=None)
@given(predicate=predicates(), event=EVENTS)
@example(predicate=Test("a", "is", ("s",)), event={"a": "ſ"})
def test_what_must_hold_holds_for_the_matcher(
    database: duckdb.DuckDBPyConnection, predicate: Predicate, event: dict[str, Any]
) -> None:
    """A filter is the narrow reading turned round: one that is too wide would hide events."""
    raw = json.dumps(event)

    matched = match(predicate, fields(loads(raw))) is not None

    assert taken(database, predicate, "must", raw) <= matched


@settings(max_examples=200, deadline=None)
@given(value=SCALARS)
def test_sql_and_python_read_the_same_text(database: duckdb.DuckDBPyConnection, value: object) -> None:
    """Numbers above all: 1e5, 3.10 and 2**64 have one spelling on both sides."""
    raw = json.dumps({"a": value})
    columns = line_columns(["a"])
    text = text_of(Paths(("a",)), columns.locate)
    sql = f"SELECT {text} FROM (SELECT from_json(?::VARCHAR, {literal(columns.spec)}) AS s)"

    (row,) = database.execute(sql, [raw]).fetchall()

    assert row[0] == next(iter(read(Paths(("a",)), loads(raw))), None)
