"""SQL put together from pieces: names quoted, values escaped, conditions in brackets. Every piece is an expression as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TRUE, FALSE, NULL = "true", "false", "NULL"


def name(*steps: str) -> str:
    """Write a column, or a field inside one."""
    return ".".join('"' + step.replace('"', '""') + '"' for step in steps)


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def call(function: str, *arguments: str) -> str:
    return f"{function}({', '.join(arguments)})"


def every(conditions: Iterable[str]) -> str:
    """Join by AND; of none it is true."""
    parts = [one for one in conditions if one != TRUE]
    return FALSE if FALSE in parts else _joined(" AND ", parts, TRUE)


def some(conditions: Iterable[str]) -> str:
    """Join by OR; of none it is false."""
    parts = [one for one in conditions if one != FALSE]
    return TRUE if TRUE in parts else _joined(" OR ", parts, FALSE)


def negated(condition: str) -> str:
    return {TRUE: FALSE, FALSE: TRUE}.get(condition) or f"(NOT {condition})"


def among(value: str, values: Sequence[str]) -> str:
    return f"({value} IN ({', '.join(map(text, values))}))"


def case(*whens: tuple[str, str], otherwise: str, of: str = "") -> str:
    """Write a CASE, of a value or of conditions; without whens it is `otherwise`."""
    if not whens:
        return otherwise
    arms = " ".join(f"WHEN {when} THEN {then}" for when, then in whens)
    return f"CASE {of} {arms} ELSE {otherwise} END" if of else f"CASE {arms} ELSE {otherwise} END"


def sure(condition: str) -> str:
    """Take NULL for false, or NOT would lose rows."""
    return condition if condition in (TRUE, FALSE) else f"coalesce({condition}, false)"


def _joined(by: str, parts: Sequence[str], nothing: str) -> str:
    if not parts:
        return nothing
    return parts[0] if len(parts) == 1 else f"({by.join(parts)})"
