"""KQL text as tokens: enough to tell names from literals and to rewrite calls, without a grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["string", "word", "number", "sign"]


@dataclass(frozen=True, slots=True)
class Token:
    """Hold one token and the blanks and comments before it."""

    kind: Kind
    text: str
    lead: str = ""


def tokens(query: str) -> list[Token]:
    """Return the tokens of a query; blanks and comments at its end are dropped."""
    return list(_read(query))


@lru_cache(maxsize=256)
def _read(query: str) -> tuple[Token, ...]:
    """Read a query once: whoever judges, spells and runs it asks for its tokens, and it may be asked by many tenants."""
    found, lead = [], ""
    for match in _TOKEN.finditer(query):
        if match.lastgroup == "blank":
            # A comment may stand between two halves of a literal; as a blank it cannot hide what is joined to it.
            lead += re.sub(r"//[^\n]*", " ", match.group())
            continue
        found.append(Token(match.lastgroup, match.group(), lead))  # type: ignore[arg-type]  # the groups are the kinds
        lead = ""
    return tuple(found)


def text(stream: Iterable[Token]) -> str:
    """Return the query that the tokens spell."""
    return "".join(token.lead + token.text for token in stream)


def value(literal: str) -> str:
    """Return what a string literal means: plain, verbatim (@), multi-line (three backticks), hidden (h).

    Raises ValueError for an escape that Kusto's parser does not know.
    Source: data-explorer/kusto/query/scalar-data-types/string.md.
    """
    body = literal.lstrip("hH")
    if body.startswith(("```", "~~~")):
        return body[3:-3]
    if body.startswith("@"):
        return body[2:-1].replace(body[1] * 2, body[1])
    # Two \u halves of one character become that character.
    return _ESCAPE.sub(_unescaped, body[1:-1]).encode("utf-16", "surrogatepass").decode("utf-16")


def literal(meaning: str) -> str:
    """Return the plain literal of a text, with no other escapes than every engine reads."""
    return '"' + "".join(_PLAIN.get(char, char) for char in meaning) + '"'


def plain_literals(stream: Sequence[Token]) -> list[Token]:
    """Return the tokens with every string literal spelled plainly, adjacent ones joined as Kusto joins them."""
    out: list[Token] = []
    for token in stream:
        if token.kind != "string":
            out.append(token)
        elif out and out[-1].kind == "string":
            out[-1] = replace(out[-1], text=literal(value(out[-1].text) + value(token.text)))
        else:
            out.append(replace(token, text=literal(value(token.text))))
    return out


def coined(stream: Sequence[Token]) -> set[str]:
    """Return the names that a query gives itself: those before an equals sign."""
    return {token.text for token, after in pairwise(stream) if after.text == "="}


def closing(stream: Sequence[Token], opening: int) -> int:
    """Return where the bracket that opens at `opening` closes. Raises ValueError when it does not."""
    depth = 0
    for at in range(opening, len(stream)):
        if stream[at].kind == "sign":
            depth += (stream[at].text in "([{") - (stream[at].text in ")]}")
        if depth == 0:
            return at
    raise ValueError(f"{stream[opening].text} is never closed")


def listed(stream: Sequence[Token]) -> list[list[Token]]:
    """Return the comma-separated parts of what stands between two brackets; nothing gives no part."""
    parts: list[list[Token]] = [[]]
    at = 0
    while at < len(stream):
        token = stream[at]
        if token.kind == "sign" and token.text == ",":
            parts.append([])
            at += 1
            continue
        end = closing(stream, at) if token.kind == "sign" and token.text in "([{" else at
        parts[-1] += stream[at : end + 1]
        at = end + 1
    return parts if any(parts) else []


_TOKEN = re.compile(
    r"""(?P<blank>(?:\s|//[^\n]*)+)
    |(?P<string>[hH]?(?:```.*?```|~~~.*?~~~
        |@"(?:[^"\r\n]|"")*"|@'(?:[^'\r\n]|'')*'
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'))
    |(?P<word>!?[A-Za-z_$]\w*~?)
    |(?P<number>\d+(?:\.\d+)?\w*)
    |(?P<sign>[=!]~|[=!<>]=|<>|\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.DOTALL)
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "'": "'"}
_PLAIN = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _unescaped(match: re.Match[str]) -> str:
    escape = match.group(1)
    if escape in _NAMED:
        return _NAMED[escape]
    if escape[0] in "uUx" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    raise ValueError(f"\\{escape} is no escape of a string literal")
