"""SPL names and texts, for `search` and for the expressions of `where` (Search Manual, "Backslashes", "Quotation marks")."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
WORDS = frozenset({"AND", "OR", "NOT", "IN", "BY", "AS"})


def name(field: str) -> str:
    """Write a field in `search`; what is no plain name stands in double quotes."""
    return field if PLAIN.fullmatch(field) and field.upper() not in WORDS else text(field)


def column(field: str) -> str:
    """Write a field in an expression; single quotes make any text a name."""
    return field if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", field) and field.upper() not in WORDS else f"'{field}'"


def text(value: str) -> str:
    """Write a text in double quotes: a backslash is doubled, a quote escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
