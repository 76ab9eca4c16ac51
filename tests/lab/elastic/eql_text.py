"""An EQL text against the indices it is asked of: read, checked as Elasticsearch does, made a test of a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import TIMES, Document, Index, row_of
from lab.elastic.errors import Failed
from lab.elastic.leaves import Holds
from lab.eql.conditions import Row
from lab.eql.kinds import KINDS
from lab.eql.read import read
from lab.eql.refusals import refusals
from lab.eql.sequences import stage
from lab.eql.tree import Field, Query, Refused, walk

CACHED = 256  # texts: a hunt asks few, over window after window


def understood(body: Mapping[str, Any]) -> Query:
    """Read the text of an event query; raises Failed (400) as Elasticsearch does, and for what the lab does not run."""
    text = body.get("query")
    if not isinstance(text, str) or not text:
        raise Failed(400, "action_request_validation_exception", "Validation Failed: 1: query is null or empty;")
    try:
        found = _read(text)
    except Refused as wrong:
        raise Failed(400, "parsing_exception", f"line 1:1: {wrong}", inner={"type": "recognition_exception"}) from None
    if found.kind != "event":
        raise Failed(400, "lab_unsupported_exception", f"the lab runs no {found.kind}")  # the hunter refuses them
    return found


def tested(call: Call, body: Mapping[str, Any], indices: tuple[Index, ...]) -> Holds:
    """Check a text that `understood` has read against the indices, and make it a test of a document.

    A field exists if any of the indices maps it (2.3). Raises Failed (400). Documents that share their fields are asked
    once in a row.
    """
    schema = frozenset(_schema(indices).items())
    ready = _ready(str(body["query"]), str(body.get("event_category_field", "event.category")), schema)
    if ready.clauses > call.settings.max_clauses:
        reason = f"Query contains too many nested clauses; maxClauseCount is set to {call.settings.max_clauses}"
        raise Failed(400, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True,
                     inner={"type": "too_many_nested_clauses", "reason": reason})  # fmt: skip
    takes = ready.takes
    if ready.timed:
        return lambda document, index: takes(row_of(document, index))
    last: list[Any] = [None, False]

    def holds(document: Document, _: Index) -> bool:
        if document.searchable is not last[0]:
            last[:] = document.searchable, takes(document.searchable)
        return bool(last[1])

    return holds


@dataclass(frozen=True, slots=True)
class _Ready:
    """A compiled text; `timed` says that it asks one of the two times, which documents hold apart."""

    takes: Callable[[Row], bool]
    timed: bool
    clauses: int


@lru_cache(CACHED)
def _read(text: str) -> Query:
    return read(text)


@lru_cache(CACHED)
def _ready(text: str, category: str, schema: frozenset[tuple[str, str]]) -> _Ready:
    types, found = dict(schema), _read(text)
    (step,) = found.steps
    problems = [_problem(text, one) for one in refusals(found, types)]
    if step.category is not None and category not in types:
        problems.insert(0, f"line 1:1: Unknown column [{category}]")
    if problems:
        plural = "s" if len(problems) > 1 else ""
        reason = f"Found {len(problems)} problem{plural}\n" + "\n".join(problems)
        raise Failed(400, "verification_exception", reason)
    fields = [part for part in walk(step.condition) if isinstance(part, Field)]
    timed = any(field.name in TIMES for field in fields)
    return _Ready(stage(step, category, types).takes, timed, len(fields))


def _problem(text: str, said: str) -> str:
    """Word an unmapped field as Elasticsearch does, with its line and column."""
    unmapped = re.match(r"(.+) is not mapped", said)
    if unmapped is None:
        return f"line 1:1: {said}"
    place = max(text.find(unmapped[1]), 0)
    line, column = text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1
    return f"line {line}:{column}: Unknown column [{unmapped[1]}]"


def _schema(indices: tuple[Index, ...]) -> dict[str, str]:
    """Join the mappings of all searched indices; a field of two kinds gets a type that EQL cannot ask."""
    joined: dict[str, str] = {}
    for one in indices:
        for name, field in one.mapping.items():
            before = joined.setdefault(name, field.type)
            if KINDS.get(before, before) != KINDS.get(field.type, field.type):
                joined[name] = f"[{before}] and [{field.type}]"
    return joined
