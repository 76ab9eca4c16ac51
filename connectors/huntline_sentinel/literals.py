"""KQL names and texts as the language writes them (learn.microsoft.com, "Entity names" and "The string data type")."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "has",
        "contains",
        "startswith",
        "endswith",
        "between",
        "by",
        "with",
        "of",
        "on",
        "where",
        "project",
        "extend",
    ]
)
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def name(field: str) -> str:
    """Write a column; what is no plain name stands in brackets and quotes."""
    return field if PLAIN.fullmatch(field) and field not in WORDS else f"[{text(field)}]"


def text(value: str) -> str:
    """Write a text in quotes."""
    plain = value.isprintable() and "\\" not in value and '"' not in value  # as most of a list of thousands are
    return f'"{value}"' if plain else '"' + "".join(map(_escaped, value)) + '"'


def one_case(word: str) -> bool:
    """Tell whether KQL's operators see all there is of its cases: letters beyond ASCII have none, or there are none."""
    return word.isascii() or all(char.isascii() or char.lower() == char.upper() for char in word)


def _escaped(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    return char if char.isprintable() else "".join(f"\\u{unit:04x}" for unit in _units(char))


def _units(char: str) -> tuple[int, ...]:
    data = char.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
