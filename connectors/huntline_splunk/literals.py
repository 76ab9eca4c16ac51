"""SPL names and texts, for `search` and for the expressions of `where` (Search Manual, "Backslashes", "Quotation marks")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
WORDS = frozenset({"AND", "OR", "NOT", "IN", "BY", "AS"})


def name(field: str) -> str:
    """Write a field in `search`; what is no plain name stands in double quotes."""
    return field if PLAIN.fullmatch(field) and field.upper() not in WORDS else text(field)


def column(field: str) -> str:
    """Write a field in an expression; single quotes make any text a name."""
    return field if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", field) and field.upper() not in WORDS else f"'{field}'"


def rows(values: Sequence[Mapping[str, str]]) -> str:
    """Write rows as the JSON that `makeresults` reads, for `text`: only characters that mean nothing to SPL inside a value.

    No macro, pipe, sub-search or token can stand there.
    """
    return (
        "[" + ",".join("{" + ",".join(f"{_safe(f)}:{_safe(v)}" for f, v in row.items()) + "}" for row in values) + "]"
    )


def _safe(value: str) -> str:
    written = json.dumps(value)
    return "".join(f"\\u{ord(sign):04x}" if sign in "`|[]$" else sign for sign in written)


def text(value: str) -> str:
    """Write a text in double quotes: a backslash is doubled, a quote escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
