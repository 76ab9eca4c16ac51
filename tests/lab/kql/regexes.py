r"""Regular expressions in a query, spelled so that an engine reads them as Kusto does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lab.kql.tokens import Token, literal, value

# Kusto's \d, \w and \s are Unicode classes (data-explorer/kusto/query/regex.md); RE2's are ASCII. Inside brackets
# the outer pair is left off. RE2 has no Alphabetic, which beside letters and marks holds letter numbers.
_RE2 = {
    r"\d": r"\p{Nd}",
    r"\w": r"\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}",
    r"\s": r"\t-\r\x{85}\p{Z}",
}


def respelled(stream: Sequence[Token], spelling: Callable[[str], str]) -> list[Token]:
    """Return the tokens with each literal after `matches regex` put through `spelling`."""
    out = list(stream)
    for at in regexes(stream):
        out[at] = replace(out[at], text=literal(spelling(value(out[at].text))))
    return out


def regexes(stream: Sequence[Token]) -> list[int]:
    """Return where the literals after `matches regex`, and the first ones of extract functions, stand."""
    after = [i for i in range(1, len(stream)) if (stream[i - 1].text, stream[i].text) == ("matches", "regex")]
    calls = [i for i in range(1, len(stream)) if stream[i].text == "(" and stream[i - 1].text in _CALLS]
    return [i + 1 for i in after + calls if i + 1 < len(stream) and stream[i + 1].kind == "string"]


def for_re2(pattern: str) -> str:
    r"""Return the pattern with \d, \w and \s, and their opposites outside brackets, as Unicode classes."""
    classes = {escape: f"[{members}]" for escape, members in _RE2.items()}
    opposites = {escape.upper(): f"[^{members}]" for escape, members in _RE2.items()}
    return _spelled(pattern, classes | opposites, _RE2)


def for_python(pattern: str) -> str:
    r"""Return the pattern with `$` meaning the very end: Python's also matches before a last line feed.

    Kusto's `$` is the end of the text unless (?m) is on (data-explorer/kusto/query/regex.md).
    """
    return pattern if re.search(r"\(\?[a-zA-Z]*m", pattern) else _spelled(pattern, {"$": r"\Z"}, {})


_CALLS = frozenset({"extract", "extract_all", "extractall"})
# [:alpha:] is a class inside of brackets, not their end.
_PIECE = re.compile(r"\\.|\[:\^?\w+:\]|(?P<open>\[\^?\]?)|(?P<close>\])|.", re.DOTALL)


def _spelled(pattern: str, outside: Mapping[str, str], inside: Mapping[str, str]) -> str:
    """Replace escapes and single characters by their spelling, apart inside and outside of brackets."""
    out, bracketed = [], False
    for piece in _PIECE.finditer(pattern):
        known = inside if bracketed else outside
        out.append(known.get(piece.group(), piece.group()))
        bracketed = (bracketed or piece["open"] is not None) and piece["close"] is None
    return "".join(out)
