"""A predicate in KQL: columns that are made before they can be asked for, and the condition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sigma.conversion.state import ConversionState

from huntline.model.predicate import Predicate, Test, fields_of
from huntline.translate.conditions import condition_of
from huntline.translate.rewrite import FALSE, TRUE, rewrite, some
from huntline.translate.translator import Bound
from huntline_sentinel.backend import KqlBackend
from huntline_sentinel.lists import Listed
from huntline_sentinel.literals import name

VALUES = {
    "int": re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII),
    "long": re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII),
    "real": re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII),
    "bool": re.compile(r"true|false", re.IGNORECASE),
}
"""What a rule's value must look like to equal what a typed column holds, written as text."""


def condition(
    predicate: Predicate, bound: Bound, *, loose: bool, compact: bool, lists: Mapping[Test, Listed] | None = None
) -> str:
    """Write a condition; `loose` and `compact` as the backend has them, `lists` for tests that ask one."""
    asked = settled(predicate, bound)
    if asked in (TRUE, FALSE):
        return "true" if asked == TRUE else "false"
    backend = KqlBackend(bound.type_of, loose=loose, compact=compact, lists=lists or {})
    return str(backend.convert_condition(condition_of(asked), ConversionState()))


def made(predicate: Predicate, bound: Bound) -> list[str]:
    """Write the columns that are made before they can be asked for."""
    found = [(field, bound.store.expression_of(field)) for field in fields_of(predicate)]
    return [f"| extend {name(field)} = {how}" for field, how in found if how]


def keyword_columns(bound: Bound) -> list[str]:
    return [column.strip() for column in bound.native("keyword").split(",") if column.strip()]


def settled(predicate: Predicate, bound: Bound) -> Predicate:
    """Take keywords to the columns that hold text, and leave out values that a typed column can never hold."""

    def one(test: Test) -> Predicate:
        if test.op == "keyword":
            columns = keyword_columns(bound)
            return some(*(Test(c, "wildcard", (f"*{v}*",), test.cased) for c in columns for v in test.values))
        form = VALUES.get(bound.type_of(test.field) or "string")
        if test.op != "is" or form is None:
            return test
        kept = tuple(value for value in test.values if form.fullmatch(value))
        return replace(test, values=kept) if kept else FALSE

    return rewrite(predicate, one)
