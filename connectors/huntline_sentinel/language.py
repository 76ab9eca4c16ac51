"""KQL, as far as a detection's search needs it: a table or function, columns to compute, conditions."""

from __future__ import annotations

from dataclasses import dataclass

from huntline.model.predicate import Predicate, Test
from huntline.translate.language import Form
from huntline.translate.loosen import Short, expect_exact
from huntline.translate.lost import Lost
from huntline.translate.regex import RE2, rewritten
from huntline.translate.translator import Bound
from huntline_sentinel.fit import fitted, written
from huntline_sentinel.wording import condition, keyword_columns, made

LONGEST_RULE = 10_000
"""Characters of a rule's query (Microsoft Learn, "Create a scheduled analytics rule from scratch")."""


@dataclass(frozen=True, slots=True)
class Kql:
    """Fills `translate.language.Language`."""

    types: tuple[str, ...] = ("string", "int", "long", "real", "bool", "datetime", "dynamic", "guid")
    longest: int = 200_000  # far under the two million characters of an HTTP request; long texts are slow to bind

    def short(self, test: Test, bound: Bound, form: Form) -> Short | None:
        if test.op == "keyword":
            columns = keyword_columns(bound)
            return None if columns else Short("keyword", "the table has no column that holds an event as text")
        if test.op == "regex":
            return _regex(test, form)
        if bound.type_of(test.field) == "bool" and (test.cased or test.op not in ("is", "null", "exists")):
            return Short("type", f"{test.field} is a truth value: it has no {test.op}")
        return None

    def condition(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        return condition(predicate, bound, loose=form != "rule", compact=False)

    def hunt(self, predicate: Predicate, bound: Bound, form: Form) -> str:
        where = f"| where {self.condition(predicate, bound, form)}"
        return "\n".join([bound.native("table"), *made(predicate, bound), where])

    def rule(self, population: Predicate, predicate: Predicate, bound: Bound) -> str:
        """Write it whole, its lists inside, also where it is then too long: what is stored has them outside (`fit`)."""
        expect_exact(predicate, lambda test: self.short(test, bound, "rule"))
        found = fitted(population, predicate, bound, LONGEST_RULE)
        if found is None:
            length = len(written(population, predicate, bound, compact=True))
            raise Lost(
                "too_long", f"the query has {length:,} characters at its shortest, a rule takes {LONGEST_RULE:,}"
            )
        return written(population, predicate, bound, compact=False) if found.lists else found.text


def _regex(test: Test, form: Form) -> Short | None:
    """A hunt leaves out what other engines may read otherwise; a rule has it exact or not at all."""
    try:
        exact = [rewritten(value, test.flags, RE2, loose=False) for value in test.values]
    except Lost as lost:
        return Short(lost.code, f"{test.field}: {lost.construct}", instead=test)
    if form != "rule" and exact != [rewritten(value, test.flags, RE2, loose=True) for value in test.values]:
        return Short("regex", f"{test.field}: borders of words", instead=test)
    return None
