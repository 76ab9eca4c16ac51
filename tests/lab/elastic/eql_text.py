"""An EQL text against the indices it is asked of: read, checked as Elasticsearch does, made a test of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import TIMES, Document, Index, row_of
from lab.elastic.errors import Failed
from lab.elastic.leaves import Holds
from lab.elastic.names import Targets
from lab.eql.kinds import KINDS
from lab.eql.read import read
from lab.eql.refusals import refusals
from lab.eql.sequences import stage
from lab.eql.tree import Field, Query, Refused, Step, walk


def understood(call: Call, targets: Targets, body: Mapping[str, Any]) -> Query:
    """Read and check the text; a field exists if any searched index maps it (2.3). Raises Failed (400)."""
    text = body.get("query")
    if not isinstance(text, str) or not text:
        raise Failed(400, "action_request_validation_exception", "Validation Failed: 1: query is null or empty;")
    try:
        understood = read(text)
    except Refused as wrong:
        raise Failed(400, "parsing_exception", f"line 1:1: {wrong}", inner={"type": "recognition_exception"}) from None
    if understood.kind != "event":
        raise Failed(400, "lab_unsupported_exception", f"the lab runs no {understood.kind}")  # the hunter refuses them
    if targets.indices:
        _verified(text, understood, body, _schema(targets.indices), call)
    return understood


def takes(step: Step, body: Mapping[str, Any], indices: tuple[Index, ...]) -> Holds:
    """Compile a text to a test of a document; documents that share their fields are asked once in a row."""
    takes = stage(step, _category(body), _schema(indices)).takes
    timed = any(isinstance(part, Field) and part.name in TIMES for part in walk(step.condition))
    if timed:
        return lambda document, index: takes(row_of(document, index))
    last: list[Any] = [None, False]

    def holds(document: Document, _: Index) -> bool:
        if document.searchable is not last[0]:
            last[:] = document.searchable, takes(document.searchable)
        return bool(last[1])

    return holds


def _verified(text: str, understood: Query, body: Mapping[str, Any], schema: Mapping[str, str], call: Call) -> None:
    problems = [_problem(text, one) for one in refusals(understood, schema)]
    category = _category(body)
    if understood.steps[0].category is not None and category not in schema:
        problems.insert(0, f"line 1:1: Unknown column [{category}]")
    if problems:
        plural = "s" if len(problems) > 1 else ""
        reason = f"Found {len(problems)} problem{plural}\n" + "\n".join(problems)
        raise Failed(400, "verification_exception", reason)
    leaves = sum(isinstance(part, Field) for part in walk(understood.steps[0].condition))
    if leaves > call.settings.max_clauses:
        reason = f"Query contains too many nested clauses; maxClauseCount is set to {call.settings.max_clauses}"
        raise Failed(400, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True,
                     inner={"type": "too_many_nested_clauses", "reason": reason})  # fmt: skip


def _problem(text: str, said: str) -> str:
    """Word an unmapped field as Elasticsearch does, with its line and column."""
    unmapped = re.match(r"(.+) is not mapped", said)
    if unmapped is None:
        return f"line 1:1: {said}"
    place = max(text.find(unmapped[1]), 0)
    line, column = text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1
    return f"line {line}:{column}: Unknown column [{unmapped[1]}]"


def _schema(indices: tuple[Index, ...]) -> dict[str, str]:
    """Join the mappings of all searched indices; raises Failed where kinds differ, as EQL then cannot ask the field."""
    joined: dict[str, str] = {}
    for one in indices:
        for name, field in one.mapping.items():
            before = joined.setdefault(name, field.type)
            if KINDS.get(before, before) != KINDS.get(field.type, field.type):
                joined[name] = f"[{before}] and [{field.type}]"  # no type: refused if the text asks it
    return joined


def _category(body: Mapping[str, Any]) -> str:
    return str(body.get("event_category_field", "event.category"))
