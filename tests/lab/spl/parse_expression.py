"""Expressions of where and eval: AND before OR before XOR (help.splunk.com: Boolean expressions with logical operators)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from lab.spl.errors import SplError
from lab.spl.strings import expression_text
from lab.spl.tree import Binary, Call, Expression, Field, Number, Text, Unary

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<field>'[^']+')|(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<sign>==|!=|<=|>=|[=<>+\-*/%.(),]))""",
    re.DOTALL,
)
_Part: TypeAlias = Callable[[], Expression]

_COMPARE = {"=": "=", "==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass(slots=True)
class Reader:
    """Tokens of an expression read from left to right."""

    tokens: tuple[_Token, ...]
    at: int = field(default=0)

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def sign(self, *signs: str) -> _Token | None:
        """Take one of these signs or words in capitals, if it comes next."""
        token = self.now
        if token.kind in {"sign", "name"} and token.text in signs:
            self.at += 1
            return token
        return None

    def need(self, sign: str) -> _Token:
        token = self.sign(sign)
        if token is None:
            raise SplError(f"expected {sign}, not {self.now.text or 'the end'}", self.now.at)
        return token


def reader(text: str, start: int, end: int) -> Reader:
    """Split text[start:end] into tokens; raises SplError for what no expression holds."""
    found: list[_Token] = []
    at = start
    while text[at:end].strip():
        token = _TOKEN.match(text, at, end)
        if token is None:
            at = end - len(text[at:end].lstrip())
            raise SplError(f"unexpected {text[at : at + 12]!r} in an expression", at)
        kind = token.lastgroup or ""
        found.append(_Token(kind, token[kind], token.start(kind)))
        at = token.end()
    return Reader((*found, _Token("end", "", end)))


def expression(text: str, start: int, end: int) -> Expression:
    """Parse the whole of text[start:end]; kinds are checked elsewhere (`kinds.py`)."""
    tokens = reader(text, start, end)
    found = either(tokens)
    if tokens.now.kind != "end":
        raise SplError(f"unexpected {tokens.now.text!r} after an expression", tokens.now.at)
    return found


def either(tokens: Reader) -> Expression:
    """Read up to what no operator joins."""
    return _chain(
        tokens, ("XOR",), lambda: _chain(tokens, ("OR",), lambda: _chain(tokens, ("AND",), lambda: _negated(tokens)))
    )


def _chain(tokens: Reader, signs: tuple[str, ...], part: _Part) -> Expression:
    left = part()
    while (sign := tokens.sign(*signs)) is not None:
        left = Binary(sign.text, left, part(), sign.at)
    return left


def _negated(tokens: Reader) -> Expression:
    sign = tokens.sign("NOT")
    return _compared(tokens) if sign is None else Unary("NOT", _negated(tokens), sign.at)


def _compared(tokens: Reader) -> Expression:
    left = _sum(tokens)
    sign = tokens.sign(*_COMPARE)
    if sign is not None:
        return Binary(_COMPARE[sign.text], left, _sum(tokens), sign.at)
    word = tokens.sign("LIKE", "like", "IN", "in")
    if word is None:
        return left
    if word.text.lower() == "like":  # help.splunk.com: where, value LIKE pattern
        return Call("like", (left, _sum(tokens)), word.at)
    tokens.need("(")
    return Call("in", (left, *_arguments(tokens)), word.at)


def _sum(tokens: Reader) -> Expression:
    """Read sums and joins. How `.` ranks beside + is not documented: we take the same rank, from the left."""
    return _chain(tokens, ("+", "-", "."), lambda: _chain(tokens, ("*", "/", "%"), lambda: _signed(tokens)))


def _signed(tokens: Reader) -> Expression:
    sign = tokens.sign("-", "+")
    return _single(tokens) if sign is None else Unary(sign.text, _signed(tokens), sign.at)


def _single(tokens: Reader) -> Expression:
    token = tokens.now
    tokens.at += 1
    if token.kind == "text":
        return Text(expression_text(token.text[1:-1]), token.at)
    if token.kind == "field":
        return Field(token.text[1:-1], token.at)
    if token.kind == "number":
        return Number(float(token.text) if "." in token.text else int(token.text), token.at)
    if token.kind == "name" and token.text not in {"AND", "OR", "XOR", "NOT", "IN", "LIKE"}:
        return _named(tokens, token)
    if token.text == "(":
        inner = either(tokens)
        tokens.need(")")
        return inner
    raise SplError(f"expected a value, not {token.text or 'the end'}", token.at)


def _named(tokens: Reader, token: _Token) -> Expression:
    if tokens.sign("("):
        return Call(token.text.lower(), _arguments(tokens), token.at)
    return Field(token.text, token.at)


def _arguments(tokens: Reader) -> tuple[Expression, ...]:
    if tokens.sign(")"):
        return ()
    found = [either(tokens)]
    while tokens.sign(","):
        found.append(either(tokens))
    tokens.need(")")
    return tuple(found)
