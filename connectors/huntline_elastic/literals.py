"""EQL names and texts as Elasticsearch reads them (EQL syntax reference)."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*(?:\.[A-Za-z0-9_@]+)*")
WORDS = frozenset(
    [
        "and",
        "any",
        "by",
        "false",
        "in",
        "like",
        "not",
        "null",
        "of",
        "or",
        "regex",
        "sample",
        "sequence",
        "true",
        "until",
        "where",
        "with",
    ]
)
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def name(field: str) -> str:
    """Write a field; hyphens, spaces and keywords need backticks."""
    return field if PLAIN.fullmatch(field) and field not in WORDS else "`" + field.replace("`", "``") + "`"


def text(value: str) -> str:
    """Write a text in double quotes; control characters as code points."""
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    return f"\\u{{{ord(char):04x}}}" if ord(char) < 0x20 or ord(char) == 0x7F else char
