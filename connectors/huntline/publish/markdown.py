"""Write the text of others as Markdown that cannot become more than text: no HTML, no link, no heading, no new cell."""

from __future__ import annotations

import re
import textwrap

WIDTH = 120
# An underscore inside a word never opens emphasis.
_MARKS = re.compile(r"[\\`*\[\]<>|&~#$]|(?<![a-z0-9])_|_(?![a-z0-9])|(?<=www)\.|:(?=//)", re.IGNORECASE)
_CODE = re.compile(r"(`[^`\s](?:[^`]*[^`\s])?`)")
# What makes a line another block than a paragraph, where it stands first.
_OPENS = re.compile(r"^([+\-=:]|\d+(?=[.)](\s|$)))")
_KEPT = "\ue000"  # a blank that no line ends at; never in a text, as it is not printable


def plain(text: str) -> str:
    r"""Return the text on one line with every mark of Markdown escaped: for headings, cells and links.

    >>> plain("a|b <i>")
    'a\\|b \\<i\\>'
    """
    return _opened(_escaped(_printable(text)))


def prose(text: str, *, indent: str = "") -> str:
    """Return the text as a paragraph whose lines after the first begin with `indent`; `code` in it stays code.

    Nothing else of Markdown is kept.
    """
    parts = _CODE.split(_printable(text))
    told = "".join(code(part[1:-1]).replace(" ", _KEPT) if at % 2 else _escaped(part) for at, part in enumerate(parts))
    width = WIDTH - len(indent)
    lines = textwrap.wrap(told, width, break_long_words=False, break_on_hyphens=False) or [""]
    return f"\n{indent}".join(map(_opened, lines)).replace(_KEPT, " ")


def code(text: str) -> str:
    """Return one line as code; what code cannot hold is plain text."""
    shown = _printable(text)
    return plain(text) if "`" in shown or not shown else f"`{shown}`"


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)


def _printable(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _opened(line: str) -> str:
    """Escape what would open a block; a number keeps its digits, its dot is escaped."""
    return _OPENS.sub(lambda found: f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}", line)
