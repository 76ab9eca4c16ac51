"""Query DSL for what populations and windows ask; anything else is refused, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from huntline.errors import QueryRejected
from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.model.window import Window
from huntline_elastic.language import TEXTS

Dsl: TypeAlias = dict[str, Any]
Kind: TypeAlias = Callable[[str], str | None]  # a field's type
EMPTY = ("", "-")  # texts that say nothing


def query(predicate: Predicate, kind: Kind) -> Dsl:
    """Return a query that finds what the predicate holds for. Raises QueryRejected for a test it cannot say."""
    match predicate:
        case Test():
            return _test(predicate, kind)
        case Never(of):
            return {"bool": {"must_not": [query(of, kind)]}}
        case Every(()):
            return {"match_all": {}}
        case Some(()):
            return {"match_none": {}}
        case Every(of):
            return {"bool": {"filter": [query(part, kind) for part in of]}}
        case Some(of):
            return some([query(part, kind) for part in of])


def some(parts: list[Dsl]) -> Dsl:
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def within(field: str, window: Window) -> Dsl:
    """Return the half-open window as a filter."""
    return {"range": {field: {"gte": moment(window.start), "lt": moment(window.end)}}}


def moment(when: datetime) -> str:
    """Write a moment to the millisecond, UTC: Elasticsearch keeps no more of a date."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def filled(field: str, kind: Kind) -> Dsl:
    """Return a query for events that say something in a field: for texts, more than nothing or a dash."""
    there: Dsl = {"exists": {"field": field}}
    if kind(field) not in TEXTS:
        return there
    return {"bool": {"filter": [there], "must_not": [{"terms": {field: list(EMPTY)}}]}}


def _test(test: Test, kind: Kind) -> Dsl:
    field, text = test.field, kind(test.field) in TEXTS
    fold = {"case_insensitive": True} if text and not test.cased else {}
    match test.op:
        case "null":
            return {"bool": {"must_not": [{"exists": {"field": field}}]}}
        case "exists":
            there: Dsl = {"exists": {"field": field}}
            return there if test.values == ("true",) else {"bool": {"must_not": [there]}}
        case "is":
            return some([{"term": {field: {"value": value, **fold}}} for value in test.values])
        case "startswith" if text:
            return some([{"prefix": {field: {"value": value, **fold}}} for value in test.values])
        case "endswith" | "contains" if text:
            after = "*" if test.op == "contains" else ""
            stars = [f"*{_literal(value)}{after}" for value in test.values]
            return some([{"wildcard": {field: {"value": value, **fold}}} for value in stars])
    raise QueryRejected(f"a population's test cannot be asked: {test.op} of {field}")


def _literal(value: str) -> str:
    return "".join(f"\\{char}" if char in "*?\\" else char for char in value)
