"""A query as its steps: where it starts from, and each operator with the pipe before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from lab.kql.tokens import Token, closing, text
from lab.sentinel.columns import TIME

COMPARED = frozenset({">=", ">", "<=", "<"})


def steps(query: Sequence[Token]) -> list[Sequence[Token]]:
    """Return the steps of a query; pipes inside brackets are not its own."""
    pipes, depth = [], 0
    for at, token in enumerate(query):
        if token.kind == "sign":
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "|" and depth == 0:
                pipes.append(at)
    return [query[start:end] for start, end in pairwise([0, *pipes, len(query)])]


def filters_time(query: Sequence[Token]) -> bool:
    """Tell whether a `where` compares TimeGenerated."""
    return any(_filter(step) and TIME in {token.text for token in step} for step in steps(query))


def without_window(query: Sequence[Token]) -> tuple[list[tuple[str, datetime]], list[Token]]:
    """Return the comparisons of TimeGenerated that a query begins with, and the query without them.

    It means the same; what is left is equal for every window, so that it is translated once.
    """
    first, *rest = steps(query)
    window: list[tuple[str, datetime]] = []
    while rest and (found := _comparisons(rest[0])):
        window += found
        rest = rest[1:]
    return window, [token for step in (first, *rest) for token in step]


def _filter(step: Sequence[Token]) -> bool:
    return len(step) > 1 and step[1].text in {"where", "filter"}


def _comparisons(step: Sequence[Token]) -> list[tuple[str, datetime]]:
    """Return what `| where TimeGenerated >= datetime(...) and ...` compares; nothing for a step that says anything else."""
    found: list[tuple[str, datetime]] = []
    rest = list(step[2:]) if _filter(step) else []
    while len(rest) > 4 and [rest[0].text, rest[2].text, rest[3].text] == [TIME, "datetime", "("]:
        end = closing(rest, 3)
        moment = _moment(text(rest[4:end]))
        if rest[1].text not in COMPARED or moment is None:
            return []
        found.append((rest[1].text, moment))
        if not rest[end + 1 :]:
            return found
        if rest[end + 1].text != "and":
            return []
        rest = rest[end + 2 :]
    return []


def _moment(literal: str) -> datetime | None:
    """Read a literal to the microsecond, None for one that is finer or no plain date."""
    plain = literal.strip()
    if len(plain.partition(".")[2].rstrip("Z")) > 6:
        return None
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
