"""KQL in the forms that streaming-kql reads: lists as comparisons, quoted names as plain ones, Python's regexes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.kql.regexes import for_python, regexes, respelled
from lab.kql.tokens import Token, closing, listed, literal, text, tokens, value


def readable(stream: Sequence[Token], names: Mapping[str, str]) -> list[Token]:
    """Return a query in words that streaming-kql has; each form says the same in Kusto.

    `names` gives a plain name for each column whose own is none. Raises ValueError for what cannot be said.
    """
    plain = _without_quoted_names(stream, names)
    for at in regexes(plain):
        _compiles(for_python(value(plain[at].text)))
    spelled = _without_datetimes(respelled(plain, for_python))
    while lists := [at for at, token in enumerate(spelled) if token.kind == "word" and token.text in _LISTS]:
        spelled = _without_list(spelled, lists[0])
    return spelled


# Python's own: look-around, back references, atomic and conditional groups. Kusto's syntax page (regex.md) lists none.
_FOREIGN = re.compile(r"(?<!\\)\(\?(?:<?[=!]|[>(#])|(?<!\\)\\[1-9]")


def _compiles(pattern: str) -> None:
    """Refuse a pattern that Python reads otherwise or not at all; the engine would take it for one that never matches."""
    if _FOREIGN.search(pattern):
        raise ValueError(f"the regex {pattern!r} is not Kusto's")
    try:
        with warnings.catch_warnings(action="error", category=FutureWarning):
            re.compile(pattern)
    except (re.error, FutureWarning) as wrong:
        raise ValueError(f"the regex {pattern!r} is not Python's: {wrong}") from wrong


def _without_quoted_names(stream: Sequence[Token], names: Mapping[str, str]) -> list[Token]:
    """Replace `["cs-host"]` where it is a column by a plain name; `bag["key"]` stays."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        token = stream[at]
        name = value(stream[at + 1].text) if _quotes_a_name(stream, at) else None
        if name is not None and (name in names or re.fullmatch(r"[A-Za-z_]\w*", name)):
            out.append(Token("word", names.get(name, name), token.lead))
            at += 3
        else:
            out.append(token)
            at += 1
    return out


_BEFORE_A_NAME = frozenset(
    {"where", "filter", "and", "or", "not", "by", "extend", "project", "away", "keep", "rename", "expand"}
)


def _quotes_a_name(stream: Sequence[Token], at: int) -> bool:
    bracketed = [token.text for token in stream[at : at + 3 : 2]] == ["[", "]"] and stream[at + 1].kind == "string"
    before = stream[at - 1]
    return bracketed and (before.text in _BEFORE_A_NAME or (before.kind == "sign" and before.text not in ")]"))


def _without_datetimes(stream: Sequence[Token]) -> list[Token]:
    """Replace datetime(2022-12-01 10:00) by todatetime("2022-12-01 10:00")."""
    out, at = [], 0
    while at < len(stream):
        if stream[at].text == "datetime" and at + 1 < len(stream) and stream[at + 1].text == "(":
            end = closing(stream, at + 1)
            moment = text(stream[at + 2 : end]).strip()
            call = [Token("sign", "("), Token("string", literal(moment)), Token("sign", ")")]
            out += [replace(stream[at], text="todatetime"), *call]
            at = end + 1
        else:
            out.append(stream[at])
            at += 1
    return out


_LISTS = frozenset({"in~", "!in~", "between", "!between"})
_TIMESPAN = re.compile(r"\d+(\.\d+)?(d|h|m|s|ms|microseconds?|ticks?)")


def _without_list(stream: Sequence[Token], at: int) -> list[Token]:
    """Replace one `x in~ (a, b)` by `(x =~ a or x =~ b)`, or one `x between (a .. b)` by `(x >= a and x <= b)`.

    in-operator.md and between-operator.md say that they mean this; a timespan as upper end counts from the lower.
    """
    if at < 2 or [token.text for token in stream[at + 1 : at + 2]] != ["("]:
        raise ValueError(f"{stream[at].text} without its list")
    start, end = _operand(stream, at), closing(stream, at + 1)
    operand, inside = text(stream[start:at]), list(stream[at + 2 : end])
    told = _members if "in~" in stream[at].text else _ends
    tests = told(operand, stream[at].text, inside)
    return [*stream[:start], *tokens(f" ({tests})"), *stream[end + 1 :]]


def _members(operand: str, word: str, inside: Sequence[Token]) -> str:
    items = listed(inside)
    if any(len(item) != 1 or item[0].kind != "string" for item in items):
        raise ValueError(f"{word} over anything but texts")
    test, join = ("!~", " and ") if word.startswith("!") else ("=~", " or ")
    return join.join(f"{operand} {test} {item[0].text}" for item in items)


def _ends(operand: str, word: str, inside: Sequence[Token]) -> str:
    dots = [token.text for token in inside].index("..")
    low, high = text(inside[:dots]), text(inside[dots + 1 :])
    if _TIMESPAN.fullmatch(high.strip()):
        high = f"({low} + {high})"
    if word.startswith("!"):
        return f"{operand} < {low} or {operand} > {high}"
    return f"{operand} >= {low} and {operand} <= {high}"


def _operand(stream: Sequence[Token], at: int) -> int:
    """Return where the operand before an operator starts: a name or call, with its path."""
    start = at - 1
    if stream[start].text in (")", "]"):
        start = max(i for i in range(start) if _closes(stream, i, at - 1))
        start -= stream[start - 1].kind == "word" and stream[start - 1].text not in _BEFORE_A_NAME
    while start > 1 and stream[start - 1].text == ".":
        start -= 2
    return start


def _closes(stream: Sequence[Token], opening: int, end: int) -> bool:
    opens = stream[opening].kind == "sign" and stream[opening].text in "(["
    return opens and closing(stream[: end + 1], opening) == end
