"""Quotation marks and backslashes: what a quoted text means to search, to an expression and to a regex."""

from __future__ import annotations

import re

from lab.spl.errors import SplError

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_EXPRESSION = {"t": "\t", "n": "\n", "r": "\r"}


def quoted(value: str) -> str:
    r"""Write a value as a quoted text that search reads back.

    An asterisk stays a wildcard: search has no escape for it (help.splunk.com: Search Manual, Backslashes).

    >>> print(quoted('C:\\a "b"'))
    "C:\\a \"b\""
    """
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def closing(text: str, start: int, end: int, mark: str = '"') -> int:
    """Return the place of the mark that closes the one at `start`; raises SplError where there is none."""
    at = start + 1
    while at < end:
        if text[at] == "\\":
            at += 1
        elif text[at] == mark:
            return at
        at += 1
    raise SplError(f"expected a closing {mark}", start)


def search_text(body: str) -> str:
    r"""Undo `\\`, `\"` and `\|`; any other backslash stays (help.splunk.com: search, Quotes and escaping characters)."""
    return _ESCAPED.sub(lambda found: found[1] if found[1] in '\\"|' else found[0], body)


def expression_text(body: str) -> str:
    r"""Undo the escapes of an expression, where `\t` is a tab (help.splunk.com: Types of expressions).

    `\n` and `\r` are taken as line ends by analogy: not documented. Others stay, so that `\d` reaches a regex.
    """
    return _ESCAPED.sub(lambda found: _expression_escape(found[1]), body)


def _expression_escape(letter: str) -> str:
    return letter if letter in '\\"' else _EXPRESSION.get(letter, "\\" + letter)
