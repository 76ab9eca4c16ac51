"""Compare text as Elasticsearch does: case folding of ASCII letters only, and wildcards `*` and `?`."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

Asks = Callable[[str], bool]
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
WILD = re.compile(r"[*?]")


def lower(text: str) -> str:
    """Lower ASCII letters only, as `case_insensitive` is documented for term and prefix queries."""
    return text.lower() if text.isascii() else text.translate(LOWER)


def one_of(texts: tuple[str, ...], *, folded: bool) -> Asks:
    """Ask whether a text is one of several."""
    if folded:
        wanted = frozenset(map(lower, texts))
        return lambda text: lower(text) in wanted
    return frozenset(texts).__contains__


def wildcard(patterns: tuple[str, ...], *, folded: bool) -> Asks:
    """Ask whether a whole text fits one of several patterns; every character but `*` and `?` is itself."""
    exact = one_of(tuple(pattern for pattern in patterns if not WILD.search(pattern)), folded=folded)
    wild = [pattern for pattern in patterns if WILD.search(pattern)]
    if not wild:
        return exact
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if folded else 0)
    fits = re.compile("|".join(map(_source, wild)), flags).fullmatch
    return lambda text: exact(text) or fits(text) is not None


def _source(pattern: str) -> str:
    """Write a pattern as a regular expression; runs of `*` are one, or matching would take for ever."""
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in re.sub(r"\*+", "*", pattern))
