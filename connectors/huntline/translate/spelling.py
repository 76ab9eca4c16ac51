"""Ask for values as a platform spells them: what stands for absence there, and the escapes values may keep."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from huntline.model.predicate import Predicate, Test
from huntline.translate.rewrite import every, negated, rewrite, some
from huntline.translate.sources import Source

TEXTS = frozenset({"is", "contains", "startswith", "endswith", "wildcard", "keyword"})


def spelled(predicate: Predicate, source: Source) -> Predicate:
    """Return the predicate for the values of a source: absence in its word for it, texts also as XML escapes them."""
    return rewrite(predicate, lambda test: _test(test, source))


def _test(test: Test, source: Source) -> Predicate:
    if source.xml_escapes and test.op in TEXTS:
        test = replace(test, values=tuple(dict.fromkeys(one for value in test.values for one in (value, _xml(value)))))
    if source.empty_is_absent and test.op == "is" and "" in test.values:
        others = replace(test, values=tuple(value for value in test.values if value))
        absent = Test(test.field, "null", ())
        return some(others, absent) if others.values else absent
    return _absence(test, Test(test.field, "is", (source.absent,))) if source.absent else test


def _xml(value: str) -> str:
    return escape(value, quote=False)


def _absence(test: Test, word: Test) -> Predicate:
    """Take the platform's word for an absent value as absence."""
    if test.of_absence:
        return some(test, word)
    there = test.op == "exists" or (test.op == "wildcard" and "*" in test.values)
    return every(test, negated(word)) if there else test
