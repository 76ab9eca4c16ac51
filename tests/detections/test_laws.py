"""Laws of predicates: complement, case, wildcards, branches; lowering and packs do not depend on chance."""

from __future__ import annotations

import random
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from huntline.detections.load import load_pack
from huntline.detections.lower import lower
from huntline.detections.match import match
from huntline.detections.refusal import NotLowered
from huntline.model.branches import branches
from huntline.model.predicate import Every, Never, Op, Predicate, Some, Test

NAMES = st.sampled_from("ABC")
TEXT = st.text("aAbÄä*?\\\n", max_size=4)
ROWS = st.dictionaries(NAMES, st.lists(TEXT, min_size=1, max_size=2).map(tuple), max_size=3)
TEXTUAL: tuple[Op, ...] = ("is", "contains", "startswith", "endswith", "wildcard")


def _tests() -> st.SearchStrategy[Predicate]:
    values = st.lists(TEXT, min_size=1, max_size=2).map(tuple)
    textual = st.builds(Test, NAMES, st.sampled_from(TEXTUAL), values, st.booleans())
    keywords = st.builds(Test, st.just(""), st.just("keyword"), values)
    absent = st.builds(Test, NAMES, st.just("null"), st.just(()))
    there = st.builds(Test, NAMES, st.just("exists"), st.sampled_from([("true",), ("false",)]))
    others = st.builds(Test, NAMES, st.just("fieldref"), st.lists(NAMES, min_size=1, max_size=2).map(tuple))
    return st.one_of(textual, keywords, absent, there, others)


def _joined(parts: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(st.builds(Every, several), st.builds(Some, several), st.builds(Never, parts))


PREDICATES = st.recursive(_tests(), _joined, max_leaves=8)


@given(PREDICATES, ROWS)
def test_never_is_the_complement(predicate: Predicate, row: dict[str, tuple[str, ...]]) -> None:
    """An absent field makes no third truth: `not` matches exactly where the rest does not."""
    assert (match(predicate, row) is None) == (match(Never(predicate), row) is not None)


@given(st.lists(PREDICATES, max_size=3), ROWS)
def test_de_morgan_holds(parts: list[Predicate], row: dict[str, tuple[str, ...]]) -> None:
    """Rules are written either way round."""
    inside = Some(tuple(Never(part) for part in parts))

    assert (match(Never(Every(tuple(parts))), row) is None) == (match(inside, row) is None)


@given(NAMES, st.sampled_from(TEXTUAL), TEXT, ROWS)
def test_case_does_not_matter_unless_it_is_asked_for(
    name: str, op: Op, value: str, row: dict[str, tuple[str, ...]]
) -> None:
    """Rows and rules in any case give one answer."""
    upper = {field: tuple(one.upper() for one in values) for field, values in row.items()}
    expected = match(Test(name, op, (value,)), row) is None

    assert expected == (match(Test(name, op, (value.upper(),)), row) is None)
    assert expected == (match(Test(name, op, (value,)), upper) is None)


@given(TEXT | st.text("ab*?\\", max_size=9), st.text("ab*?\\\n", max_size=9))
def test_wildcards_are_those_of_a_regular_expression(pattern: str, value: str) -> None:
    """The reference is built another way: token by token into Python's backtracking matcher."""
    expected = re.fullmatch(_reference(pattern), value, re.DOTALL) is not None

    assert expected == (match(Test("A", "wildcard", (pattern,), cased=True), {"A": (value,)}) is not None)


def _reference(pattern: str) -> str:
    tokens = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL)
    told = {"*": ".*", "?": "."}
    return "".join(told.get(token) or re.escape(token[-1]) for token in tokens)


def test_hostile_patterns_cost_no_more_than_the_text() -> None:
    """A backtracking matcher would not come back from these in a lifetime."""
    text = "a" * 2**20
    patterns = ("*a" * 200 + "*b", "*" + "?a" * 20 + "*b*", "*a*" * 100, "*" * 1000)

    found = [match(Test("A", "wildcard", (pattern,)), {"A": (text,)}) is not None for pattern in patterns]

    assert [False, False, True, True] == found


@given(PREDICATES, ROWS)
def test_a_row_that_matches_fills_some_branch(predicate: Predicate, row: dict[str, tuple[str, ...]]) -> None:
    """Else a day could be called blind on which a hit lies."""
    if match(predicate, row) is not None:
        assert [] != [branch for branch in branches(predicate) if set(row).issuperset(branch.fields)]


@given(PREDICATES, ROWS, st.sets(NAMES))
def test_fields_of_no_branch_may_be_missing(
    predicate: Predicate, row: dict[str, tuple[str, ...]], hidden: set[str]
) -> None:
    """Else a day whose field was never filled could be called clean, for example under `not field: null`."""
    needed = {field for branch in branches(predicate) for field in branch.fields}
    assume("'keyword'" not in repr(predicate))  # a keyword rests on no field, and on all
    seen = {field: values for field, values in row.items() if field in needed or field not in hidden}
    if match(predicate, row) is not None:
        assert match(predicate, seen) is not None


def test_past_the_limit_branches_keep_every_field() -> None:
    """Joining ways may call more days blind, never fewer."""
    pairs = tuple(Some((Test(f"A{n}", "is", ("x",)), Test(f"B{n}", "is", ("x",)))) for n in range(8))

    assert {f"{letter}{n}" for letter in "AB" for n in range(8)} == {
        field for branch in branches(Every(pairs)) for field in branch.fields
    }


@given(
    st.dictionaries(st.sampled_from(["A", "A|contains", "B|re", "B|windash|contains|all"]), st.lists(TEXT, min_size=2))
)
def test_lowering_is_repeatable_and_leaves_the_rule_alone(selection: dict[str, list[str]]) -> None:
    """The parser beneath changes what it is given; a rule is lowered again on every hunt."""
    rule: dict[str, Any] = {
        "title": "t",
        "logsource": {"product": "p"},
        "detection": {"s": selection, "condition": "s"},
    }
    before = deepcopy(rule)

    assert _outcome(rule) == _outcome(rule)
    assert before == rule


def _outcome(rule: dict[str, Any]) -> object:
    try:
        return lower(rule, {})
    except NotLowered as refusal:
        return refusal.code, refusal.problem


def test_the_hash_of_a_pack_does_not_hang_on_the_order_its_files_were_made(tmp_path: Path) -> None:
    """Two analysts with the same rules have the same pack."""
    names = [f"{folder}{letter}.yml" for folder in ("", "a/", "b/") for letter in "xyz"]
    hashes = set()
    for seed in range(4):
        random.Random(seed).shuffle(names)
        folder = tmp_path / str(seed)
        for name in names:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            title = name.replace("/", "-")
            file.write_text(
                f"title: {title}\nname: n\nlogsource: {{product: p}}\ndetection:\n  s: {{A: {title}}}\n  condition: s\n"
            )
        (folder / "pack.yml").write_text("id: p\ntitle: P\nstages: [{id: s, title: S, answer: S}]\n")
        hashes.add(load_pack(folder)[0].hash)

    assert 1 == len(hashes)
