"""KQL on streaming-kql: the second engine, which only filters and shapes single rows of one table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any

import streaming_kql
from streaming_kql.evaluator import CompiledQuery
from streaming_kql.nodes import Column, Query
from streaming_kql.parser import parse

from lab.kql.forms import readable
from lab.kql.model import Refused, Table, stored
from lab.kql.tokens import Token, coined, plain_literals, text, tokens

ENGINE = "streaming-kql"

# What works on one row at a time; the engine takes others too, but feeds them rows one by one.
ROW_OPERATORS = frozenset(
    {"where", "filter", "extend", "project", "project-away", "project-keep", "project-rename", "mv-expand"}
)


# The engine reads not() as a call of a function it has not got. Null stays null: scalar-data-types/null-values.md.
@streaming_kql.function("not")
def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def run(query: str, tables: Mapping[str, Table], *, now: datetime | None = None) -> list[dict[str, Any]]:
    """Return the rows a query gives: datetimes in UTC, dynamic values as Python's, absent strings empty.

    `now` is what now() and ago() go by, else the machine's clock.
    Raises Refused when the query is wrong, is no filter over one of the tables, or the engine cannot.
    """
    try:
        stream = plain_literals(tokens(query))
        table = _source(stream, tables)
        names = {
            name: f"column_{at}" for at, name in enumerate(table.columns) if not re.fullmatch(r"[A-Za-z_]\w*", name)
        }
        source = text(readable([Token("word", "source"), *stream[1:]], names))
        parsed = _parsed(source)
        _refuse_unknown(parsed, {names.get(name, name) for name in table.columns} | coined(stream))
        # No schema: the cells have their types, and the engine would read a dynamic text as JSON.
        compiled = CompiledQuery(parsed, streaming_kql.Options(now=now), None)
    except (streaming_kql.KqlError, ValueError) as refusal:
        raise Refused(ENGINE, str(refusal).split("\n", 1)[0]) from refusal
    back = {mangled: name for name, mangled in names.items()}
    rows = [{names.get(name, name): cell for name, cell in row.items()} for row in _decoded(table)]
    return [
        {back.get(name, name): cell for name, cell in out.items()} for row in rows for out in compiled.transform(row)
    ]


@cache
def _parsed(source: str) -> Query:
    """Parse a text once, step by step: the engine's grammar costs more than running it, and texts share their steps.

    The grammar of a text is `"source" ("|" operator)*`. One that is no such text is parsed whole, to be told what is wrong.
    """
    head, *steps = _between_pipes(tokens(source))
    try:
        if head == "source":
            return Query(operators=tuple(one for step in steps for one in _step(step).operators))
    except streaming_kql.KqlError:
        pass
    return parse(source)


@cache
def _step(operator: str) -> Query:
    return parse(f"source | {operator}")


def _between_pipes(stream: Sequence[Token]) -> list[str]:
    """Return what stands between the pipes that are in no bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in stream:
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0 and (token.kind, token.text) == ("sign", "|"):
            parts.append([])
        else:
            parts[-1].append(token)
    return [text(part).strip() for part in parts]


def operators(stream: Sequence[Token]) -> list[str]:
    """Return the names of the operators that follow a pipe."""
    return [_operator(stream[at + 1 :]) for at, token in enumerate(stream) if (token.kind, token.text) == ("sign", "|")]


def _decoded(table: Table) -> list[dict[str, Any]]:
    dynamic = {name for name, kind in table.columns.items() if kind == "dynamic"}
    return [
        {name: json.loads(cell) if name in dynamic and cell is not None else cell for name, cell in row.items()}
        for row in stored(table)
    ]


def _source(stream: Sequence[Token], tables: Mapping[str, Table]) -> Table:
    """Return the table that the query starts from, when it is a row filter."""
    if not stream or stream[0].text not in tables:
        raise ValueError("the query does not start from a table")
    for operator in operators(stream):
        if operator not in ROW_OPERATORS:
            raise ValueError(f"{operator} looks at more than one row, or is not known")
    return tables[stream[0].text]


def _operator(rest: Sequence[Token]) -> str:
    """Return the name of the operator that comes next: words joined by hyphens."""
    name = rest[0].text if rest else ""
    while len(rest) > 2 and rest[1].text == "-" and not rest[1].lead and not rest[2].lead:
        name, rest = f"{name}-{rest[2].text}", rest[2:]
    return name


def _refuse_unknown(node: object, known: set[str]) -> None:
    """Refuse a column that is not there; the engine would take it for null."""
    if isinstance(node, Column) and node.name not in known:
        raise ValueError(f"no column {node.name}")
    if isinstance(node, tuple):
        for part in node:
            _refuse_unknown(part, known)
    elif is_dataclass(node):
        for member in fields(node):
            _refuse_unknown(getattr(node, member.name), known)
