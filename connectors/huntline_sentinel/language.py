"""KQL, as far as a detection's search needs it: a table or function, columns to compute, conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sigma.conversion.state import ConversionState

from huntline.model.predicate import Predicate, Test, fields_of
from huntline.translate.conditions import condition_of
from huntline.translate.language import Form
from huntline.translate.loosen import Short, expect_exact
from huntline.translate.lost import Lost
from huntline.translate.regex import RE2, rewritten
from huntline.translate.rewrite import FALSE, TRUE, rewrite, some
from huntline.translate.translator import Bound
from huntline_sentinel.backend import KqlBackend
from huntline_sentinel.literals import name

LONGEST_RULE = 10_000
"""Characters of a rule's query (Microsoft Learn, "Create a scheduled analytics rule from scratch")."""

VALUES = {
    "int": re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII),
    "long": re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII),
    "real": re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII),
    "bool": re.compile(r"true|false", re.IGNORECASE),
}
"""What a rule's value must look like to equal what a typed column holds, written as text."""


@dataclass(frozen=True, slots=True)
class Kql:
    """Fills `translate.language.Language`."""

    types: tuple[str, ...] = ("string", "int", "long", "real", "bool", "datetime", "dynamic", "guid")
    longest: int = 200_000  # far under the two million characters of an HTTP request; long texts are slow to bind

    def short(self, test: Test, bound: Bound, form: Form) -> Short | None:
        if test.op == "keyword":
            columns = _keyword_columns(bound)
            return None if columns else Short("keyword", "the table has no column that holds an event as text")
        if test.op == "regex":
            return _regex(test, form)
        if bound.type_of(test.field) == "bool" and (test.cased or test.op not in ("is", "null", "exists")):
            return Short("type", f"{test.field} is a truth value: it has no {test.op}")
        return None

    def condition(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        return _condition(predicate, bound, KqlBackend(bound.type_of, loose=form != "rule", compact=False))

    def hunt(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        where = f"| where {self.condition(predicate, bound, form)}"
        return "\n".join([bound.native("table"), *_made(predicate, bound), where])

    def rule(self, population: Predicate, predicate: Predicate, bound: Bound) -> str:
        expect_exact(predicate, lambda test: self.short(test, bound, "rule"))
        for compact in (False, True):
            backend = KqlBackend(bound.type_of, loose=False, compact=compact)
            lines = [bound.native("table")]
            for part in (population, predicate):
                lines += [line for line in _made(part, bound) if line not in lines]
                lines += [f"| where {_condition(part, bound, backend)}"] if part != TRUE else []
            text = "\n".join(lines)
            if len(text) <= LONGEST_RULE:
                return text
        raise Lost("too_long", f"the query has {len(text):,} characters at its shortest, a rule takes {LONGEST_RULE:,}")


def _made(predicate: Predicate, bound: Bound) -> list[str]:
    """Write the columns that are made before they can be asked for."""
    made = [(field, bound.store.expression_of(field)) for field in fields_of(predicate)]
    return [f"| extend {name(field)} = {how}" for field, how in made if how]


def _condition(predicate: Predicate, bound: Bound, backend: KqlBackend) -> str:
    settled = _settled(predicate, bound)
    if settled in (TRUE, FALSE):
        return "true" if settled == TRUE else "false"
    return str(backend.convert_condition(condition_of(settled), ConversionState()))


def _regex(test: Test, form: Form) -> Short | None:
    """A hunt leaves out what other engines may read otherwise; a rule has it exact or not at all."""
    try:
        exact = [rewritten(value, test.flags, RE2, loose=False) for value in test.values]
    except Lost as lost:
        return Short(lost.code, f"{test.field}: {lost.construct}", instead=test)
    if form != "rule" and exact != [rewritten(value, test.flags, RE2, loose=True) for value in test.values]:
        return Short("regex", f"{test.field}: borders of words", instead=test)
    return None


def _keyword_columns(bound: Bound) -> list[str]:
    return [column.strip() for column in bound.native("keyword").split(",") if column.strip()]


def _settled(predicate: Predicate, bound: Bound) -> Predicate:
    """Take keywords to the columns that hold text, and leave out values that a typed column can never hold."""

    def settled(test: Test) -> Predicate:
        if test.op == "keyword":
            columns = _keyword_columns(bound)
            return some(*(Test(c, "wildcard", (f"*{v}*",), test.cased) for c in columns for v in test.values))
        form = VALUES.get(bound.type_of(test.field) or "string")
        if test.op != "is" or form is None:
            return test
        kept = tuple(value for value in test.values if form.fullmatch(value))
        return replace(test, values=kept) if kept else FALSE

    return rewrite(predicate, settled)
