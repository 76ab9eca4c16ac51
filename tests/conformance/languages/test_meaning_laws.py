"""What is emitted means what the rule means: every probe rule, in every language, run by every engine that can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.languages.probes import CASES, EVENTS, TONGUES, Shape, columns, compiler, detection
from conformance.languages.voters import VOTERS, Vote
from huntline.detections.match import match
from huntline.model.predicate import Predicate
from huntline.model.query import Query, Refused, Rule
from huntline.model.scope import Binding

KNOWN: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "known.yml").read_text("utf-8"))
UNBOUND = Binding("probes", {}, {})
SHAPES: tuple[Shape, ...] = ("text", "typed")
PLACES = [(tongue, shape, name) for tongue in TONGUES for shape in SHAPES for name in CASES]


def rows(tongue: str, shape: Shape) -> list[dict[str, Any]]:
    """Return the probe events as the store holds them; a value its column cannot hold is not there."""
    kinds = columns(tongue, shape)
    found = [{"id": name} | dict(_cells(event, kinds)) for name, event in EVENTS.items()]
    return [row | {"_raw": _raw(row)} for row in found] if tongue == "spl" else found


def _cells(event: Mapping[str, Any], kinds: Mapping[str, str]) -> list[tuple[str, Any]]:
    held = [(name, _held(value, kinds[name])) for name, value in event.items()]
    return [(name, value) for name, value in held if value is not None]


def _held(value: Any, kind: str) -> Any:
    match kind:
        case "int" | "long" | "integer":
            return value if isinstance(value, int) else None
        case "real":
            return float(value) if isinstance(value, int | float) else None
        case "double" | "number":
            return value if isinstance(value, int | float) else None
        case "ip" | "address" if value == "not-an-ip":
            return None
    return None if value is None else str(value)


def _raw(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_text(value)}" for name, value in row.items() if name != "id")


def expected(predicate: Predicate, held: Sequence[Mapping[str, Any]], tongue: str) -> list[str]:
    """Return the ids the matcher finds in the rows as a hunter would hand them over."""
    absent = ("",) if TONGUES[tongue].empty_is_absent else ()
    return [str(row["id"]) for row in held if match(predicate, _fields(row, absent)) is not None]


def _fields(row: Mapping[str, Any], absent: Sequence[str]) -> dict[str, tuple[str, ...]]:
    own = {name: _text(value) for name, value in row.items() if name not in ("id", "_raw")}
    return {name: (value,) for name, value in own.items() if value not in absent}


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


@pytest.mark.parametrize(("tongue", "shape", "name"), PLACES)
def test_a_rule_text_finds_exactly_what_the_rule_means_or_is_refused_by_name(
    tongue: str, shape: Shape, name: str
) -> None:
    """Both are known beforehand: what is refused that could be said is a defect, too."""
    asked, held = compiler(tongue, shape), rows(tongue, shape)
    rule = asked.rule(detection(name), asked.bounds["probes"].store.scope, UNBOUND)
    if isinstance(rule, Refused):
        assert KNOWN["refused"].get(tongue, {}).get(shape, {}).get(name) == rule.code
        return
    query = _query(tongue, shape, name)

    assert name not in KNOWN["refused"].get(tongue, {}).get(shape, {})
    for found in _votes(tongue, shape, rule.text):
        assert expected(query.predicate, held, tongue) == found


@pytest.mark.parametrize(("tongue", "shape", "name"), PLACES)
def test_a_hunting_text_never_finds_less_and_no_more_where_it_says_so(tongue: str, shape: Shape, name: str) -> None:
    """An under-match is a hit that nobody will ever see."""
    held, query = rows(tongue, shape), _query(tongue, shape, name)
    wanted = expected(query.predicate, held, tongue)
    (fused,) = compiler(tongue, shape).fuse([query], {}, "")

    for found in _votes(tongue, shape, fused.text):
        assert set(wanted) <= set(found)
        assert not query.exact or wanted == found


@pytest.mark.parametrize("tongue", ["spl", "eql"])
@pytest.mark.parametrize("name", CASES)
def test_the_translated_predicate_means_what_was_written_by_hand(tongue: str, name: str) -> None:
    """The matcher judges the engines, so it is held to the ids a person wrote."""
    held = rows(tongue, "text")

    assert CASES[name]["expect"] == expected(_query(tongue, "text", name).predicate, held, tongue)


@pytest.mark.parametrize("tongue", TONGUES)
def test_every_text_was_run_by_some_engine(tongue: str) -> None:
    """A text that no engine ran is a text nobody proved; those few are named, and no others."""
    silent = [
        [shape, name]
        for shape in SHAPES
        for name in CASES
        if not isinstance(rule := _rule(tongue, shape, name), Refused) and not list(_votes(tongue, shape, rule.text))
    ]

    assert KNOWN["unproved"].get(tongue, []) == silent


def _rule(tongue: str, shape: Shape, name: str) -> Rule | Refused:
    asked = compiler(tongue, shape)
    return asked.rule(detection(name), asked.bounds["probes"].store.scope, UNBOUND)


def _query(tongue: str, shape: Shape, name: str) -> Query:
    asked = compiler(tongue, shape)
    query = asked.compile(detection(name), asked.bounds["probes"].store.scope, UNBOUND)
    assert isinstance(query, Query)
    return query


@cache
def _votes(tongue: str, shape: Shape, text: str) -> list[list[str]]:
    """Ask every engine once for a text; several laws speak of the same answers."""
    held = rows(tongue, shape)
    votes: list[Vote] = [vote(text, held, columns(tongue, shape)) for vote in VOTERS[tongue].values()]
    return [vote for vote in votes if not isinstance(vote, str)]
