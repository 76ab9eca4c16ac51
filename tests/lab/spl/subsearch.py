"""The rows of a sub-search as a condition in words (help.splunk.com: format; return; About subsearches)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lab.spl.strings import quoted
from lab.spl.tree import Row
from lab.spl.values import several

NOTHING = "NOT ()"  # what format says for no rows
_BARE = re.compile(r"[\w.{}@-]+")
_AS_TEXT = ("search", "query")


def formatted(rows: Iterable[Row]) -> str:
    """Return rows joined by OR, a row's fields by AND, a field's values by OR; fields with _ in front are left out."""
    parts = [words for row in rows if (words := _row(row))]
    if not parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else "( " + " OR ".join(parts) + " )"


def returned(rows: Iterable[Row], fields: tuple[tuple[str, str], ...]) -> str:
    """Return what `return` hands on: pairs, or values alone for names that begin with $."""
    parts = [words for row in rows if (words := " ".join(filter(None, (_pair(row, *field) for field in fields))))]
    return " OR ".join(f"({part})" for part in parts) or NOTHING


def _row(row: Row) -> str:
    parts = [_field(name, several(value)) for name, value in row.items() if not name.startswith("_") and value != []]
    if len(parts) == 1:
        return parts[0]
    return "( " + " AND ".join(parts) + " )" if parts else ""


def _field(name: str, values: list[str]) -> str:
    """Put fields named search or query in as they are."""
    parts = values if name in _AS_TEXT else [f"{_name(name)}={quoted(value)}" for value in values]
    return parts[0] if len(parts) == 1 else "( " + " OR ".join(parts) + " )"


def _pair(row: Row, alias: str, name: str) -> str:
    values = several(row.get(name))
    if not values:
        return ""
    if alias.startswith("$"):
        return quoted(values[0])
    return _field(alias, values)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)
