"""The query of a search job: one table, a few operators, and the columns that track where a row came from [M5]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lab.kql.stream import operators
from lab.kql.tokens import Token, tokens
from lab.sentinel.columns import ORIGINAL, TIME
from lab.sentinel.errors import arm_failed
from lab.sentinel.listed import asks
from lab.sentinel.steps import filters_time, steps
from lab.sentinel.store import Table

ALLOWED: Final = frozenset(
    {"where", "filter", "extend", "parse", "parse-where"}
    | {"project", "project-away", "project-keep", "project-rename", "project-reorder"}
)
# How the columns of a source table's view are called in the results.
TRACKED: Final = {"_OriginalType": '"Type"', "_OriginalItemId": '"_ItemId"', "_OriginalTimeGenerated": f'"{TIME}"'}

NAMED: Final = [token for name in ORIGINAL for token in (Token("sign", ","), Token("word", name, " "))]


def source_of(query: str, tables: Mapping[str, Table]) -> Table:
    """Return the table a job's query starts from.

    Raises Failed (400) for a query that is no job's, NotImplementedError for one that filters by TimeGenerated: the
    pages differ on whether that narrows or widens the job's own range [M5][M21].
    """
    spelled = tokens(query)
    source = tables.get(spelled[0].text) if spelled else None
    if source is None or (len(spelled) > 1 and spelled[1].text != "|"):
        raise arm_failed(400, "InvalidParameter", "A search job's query must start with the name of one table.")
    if wrong := [one for one in operators(spelled) if one not in ALLOWED]:
        raise arm_failed(400, "InvalidParameter", f"The operator '{wrong[0]}' is not supported in search jobs.")
    if asks(spelled):
        raise arm_failed(400, "InvalidParameter", "Functions are not supported in search jobs.")
    if filters_time(spelled):
        raise NotImplementedError(f"{TIME} in a search job's filter")
    return source


def tracked(query: Sequence[Token]) -> list[Token]:
    """Return the query with the tracking columns kept through every `project` and `project-keep`."""
    out: list[Token] = []
    for step in steps(query):
        out += [*step, *(NAMED if operators(step)[:1] in (["project"], ["project-keep"]) else [])]
    return out
