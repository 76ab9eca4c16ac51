"""Words of others as a stored object may bear them: what can be seen, and nothing that hides or turns text around."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Return a text as one line of visible characters, single spaces between its words.

    >>> one_line("a\\n\\u202e b")
    'a b'
    """
    return " ".join(seen_lines(text).split())


def seen_lines(text: str) -> str:
    """Return a text with its line feeds; every other character that cannot be seen is a space."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text).strip()
