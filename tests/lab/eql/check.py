"""Say what is wrong with an EQL query before any Elasticsearch sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import eql  # type: ignore[import-untyped]  # eql ships no types
from eql import parser

from lab.eql.kinds import Schema, kind
from lab.eql.read import read
from lab.eql.refusals import refusals
from lab.eql.spelling import plain, spell
from lab.eql.tree import Among, Field, Literal, Query, Refused, walk

MODES = (
    parser.elasticsearch_syntax,
    parser.allow_sample,
    parser.allow_runs,
    parser.allow_negation,
    parser.skip_optimizations,
)
EQL_TYPES = {"number": "number", "boolean": "boolean"}  # all others are written as strings in a query
LETTER = re.compile(r"\\[A-Za-z]")
PIECE = re.compile(
    r'\\(?:(?P<letter>[A-Za-z])|.)|(?P<set>\[\^?(?:\\.|[^\\])(?:\\.|[^\]\\])*\])|"[^"]*"|(?P<group>\(\?[^)]?)|(?P<anchor>[$^])',
    re.DOTALL,
)


def findings(query: str, schema: Schema) -> list[str]:
    """List what Elasticsearch refuses, what Elastic's own parser says, and what means something else than it seems.

    An empty list is a query that can be sent. A query that cannot be read has one finding.
    """
    try:
        understood = read(query)
    except Refused as wrong:
        return [str(wrong)]
    found = refusals(understood, schema) or list(_second(query, understood, schema))
    return [*found, *_misleading(understood)]


def _second(query: str, understood: Query, schema: Schema) -> Iterator[str]:
    """Ask eql's own checker too; only where ours found nothing, as it would say the same in other words."""
    with ExitStack() as stack:
        for mode in (*MODES, eql.Schema(_categories(understood, schema))):
            stack.enter_context(mode)
        try:
            parser.parse_query(spell(query).text)
        except eql.EqlError as wrong:
            yield f"eql: {wrong.error_msg}"


def _categories(understood: Query, schema: Schema) -> dict[str, Any]:
    """Write the schema as eql knows it: every category of the query has all the fields, by their plain names."""
    steps = (*understood.steps, *([understood.until] if understood.until else []))
    read_by = [part for step in steps for root in (step.condition, *step.keys) for part in walk(root)]
    fields = _tree({part for part in read_by if isinstance(part, Field)}, schema)
    return {plain(step.category) if step.category else "generic": fields for step in steps}


def _tree(fields: set[Field], schema: Schema) -> dict[str, Any]:
    """Nest fields by their dots; a field with others below it is left open, as eql knows no multi-fields."""
    tree: dict[str, Any] = {}
    for field in sorted(fields, key=lambda part: part.name):
        if field.name in schema:
            *above, last = map(plain, field.name.split("."))
            _put(tree, above, last, EQL_TYPES.get(kind(field, schema), "string"))
    return tree


def _put(tree: dict[str, Any], above: list[str], last: str, eql_type: str) -> None:
    for name in above:
        if tree.get(name) == {} or isinstance(tree.get(name), str):
            tree[name] = {}
            return
        tree = tree.setdefault(name, {})
    tree[last] = eql_type


def _misleading(understood: Query) -> Iterator[str]:
    """Find regular expressions that Elasticsearch takes and reads otherwise than their writer."""
    for step in understood.steps:
        for part in walk(step.condition):
            if isinstance(part, Among) and part.way == "regex":
                for value in part.values:
                    if isinstance(value, Literal) and isinstance(value.value, str):
                        yield from _foreign(value.value)


def _foreign(pattern: str) -> Iterator[str]:
    """Find what is no part of Lucene's documented syntax; quoted text and escapes of signs are passed over."""
    for piece in PIECE.finditer(pattern):
        if piece["anchor"]:
            yield f"{pattern!r}: {piece['anchor']} is no anchor, a regular expression takes the whole value"
        elif piece["group"]:
            yield f"{pattern!r}: {piece['group']} is no flag, group or look-around here"
        elif piece["letter"] or (piece["set"] and LETTER.search(piece["set"])):
            yield f"{pattern!r}: \\d, \\w, \\s and the like are not documented, write the characters out"
