"""The conditions of search, as search reads them: OR before AND, literals only (help.splunk.com: search command)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lab.spl.errors import SplError
from lab.spl.pipeline import bracket
from lab.spl.strings import closing, search_text
from lab.spl.times import instant
from lab.spl.tree import All, Bound, Condition, Differs, Not, OneOf, Ordered, Pattern, Pipeline, Some, Sub, Term

Nested: TypeAlias = Callable[[int, int], Pipeline]
Kind = Literal["(", ")", ",", "op", "word", "quoted", "sub", "case", "term", "end"]

MODIFIERS = ("earliest", "latest", "starttime", "endtime", "_index_earliest", "_index_latest")
_REFUSED = (
    "timeformat",
    "starttimeu",
    "endtimeu",
    "savedsearch",
    "daysago",
    "hoursago",
    "minutesago",
    "searchtimespandays",
)
_OPERATORS = ("!=", "<=", ">=", "=", "<", ">")
_BREAKS = ' \t\r\n()[]",=<>|'
_WORDS = ("AND", "OR", "NOT")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Kind
    text: str
    start: int
    end: int


def condition(text: str, start: int, end: int, nested: Nested) -> Condition:
    """Parse text[start:end]; raises SplError where Splunk would refuse it, or search for something else than it says."""
    reader = _Reader(_tokens(text, start, end), nested, text)
    found = reader.all()
    if reader.now.kind != "end":
        raise SplError(f"unexpected {reader.now.text}", reader.now.start)
    return found


def plain_condition(text: str, start: int, end: int) -> Condition:
    """Parse a condition in which no sub-search may stand."""
    return condition(text, start, end, _no_subsearch)


def _no_subsearch(start: int, end: int) -> Pipeline:  # noqa: ARG001
    raise SplError("no sub-search may stand here", start)


def _tokens(text: str, start: int, end: int) -> tuple[_Token, ...]:
    found: list[_Token] = []
    at = start
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        token = _token(text, at, end)
        if found and found[-1].end == at and {found[-1].kind, token.kind} <= {"word", "quoted", "case", "term"}:
            raise SplError("a quotation mark inside a word: quote the whole value", at)
        found.append(token)
        at = token.end
    return (*found, _Token("end", "the end", end, end))


def _token(text: str, at: int, end: int) -> _Token:
    if text[at] == '"':
        close = closing(text, at, end)
        return _Token("quoted", search_text(text[at + 1 : close]), at, close + 1)
    if text[at] == "[":
        close = bracket(text, at, end)
        return _Token("sub", text[at + 1 : close], at, close + 1)
    if text[at] == "(" or text[at] in "),":
        return _Token(text[at], text[at], at, at + 1)  # type: ignore[arg-type]  # one of the three
    for sign in _OPERATORS:
        if text.startswith(sign, at):
            return _Token("op", sign, at, at + len(sign))
    return _word(text, at, end)


def _word(text: str, start: int, end: int) -> _Token:
    at = start
    while at < end and text[at] not in _BREAKS and not text.startswith("!=", at):
        at += 2 if text[at] == "\\" else 1
    at = min(at, end)
    word = text[start:at]
    if at == start:
        raise SplError(f"unexpected {text[at]!r}", at)
    if word in {"CASE", "TERM"} and text[at : at + 1] == "(":
        close = bracket(text, at, end)
        return _Token("case" if word == "CASE" else "term", _inner(text[at + 1 : close], at), start, close + 1)
    return _Token("word", word, start, at)


def _inner(body: str, at: int) -> str:
    body = body.strip()
    if not body:
        raise SplError("expected a term in the brackets", at)
    return search_text(body[1:-1] if body[0] == body[-1] == '"' and len(body) > 1 else body)


@dataclass(slots=True)
class _Reader:
    """Tokens read from left to right."""

    tokens: tuple[_Token, ...]
    nested: Nested
    text: str
    at: int = field(default=0)

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *kinds: Kind) -> _Token:
        token = self.now
        if token.kind not in kinds:
            raise SplError(f"expected {_said(kinds)}, not {token.text}", token.start)
        self.at += 1
        return token

    def word(self, *words: str) -> bool:
        """Take one of the operator words, which are in capitals and without quotation marks."""
        if self.now.kind == "word" and self.now.text in words:
            self.at += 1
            return True
        return False

    def all(self) -> Condition:
        parts = [self.either()]
        while self.now.kind not in {"end", ")"}:
            self.word("AND")
            parts.append(self.either())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def either(self) -> Condition:
        parts = [self.negated()]
        while self.word("OR"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def negated(self) -> Condition:
        if self.word("NOT"):
            return Not(self.negated())
        return self.single()

    def single(self) -> Condition:
        token = self.take("(", "word", "quoted", "case", "term", "sub")
        if token.kind == "(":
            inner = self.all()
            self.take(")")
            return inner
        if token.kind == "sub":
            return Sub(self.nested(token.start + 1, token.end - 1), token.start)
        if token.kind in {"case", "term"}:
            return Term(token.text, cased=token.kind == "case", whole=token.kind == "term")
        return self.named(token)

    def named(self, token: _Token) -> Condition:
        if token.kind == "word" and token.text in _WORDS:
            raise SplError(f"{token.text} needs a condition on each side", token.start)
        if self.now.kind == "op":
            return self.compared(token)
        if self.now.kind == "word" and self.now.text == "IN" and self.tokens[self.at + 1].kind == "(":
            self.at += 1
            return OneOf(_field(token), self.list())
        name, sign, value = token.text.partition("::")
        if token.kind == "word" and sign and name and value:  # an indexed field (help.splunk.com: search)
            return OneOf(name, (Pattern(search_text(value)),))
        return Term(token.text if token.kind == "quoted" else search_text(token.text))

    def compared(self, token: _Token) -> Condition:
        name, operator = _field(token), self.take("op").text
        if name in MODIFIERS:
            return self.bound(name, operator)
        value = self.value()
        if operator == "=":
            return OneOf(name, (value,))
        if operator == "!=":
            return Differs(name, value)
        if value.cased:
            raise SplError("CASE() goes with = and != only", token.start)
        return Ordered(name, operator, value.text)

    def bound(self, name: str, operator: str) -> Bound:
        token = self.take("word", "quoted")
        if operator != "=":
            raise SplError(f"expected {name}=", token.start)
        instant(token.text, now=0.0, timezone="UTC", at=token.start)
        return Bound(name, token.text, token.start)

    def value(self) -> Pattern:
        token = self.take("word", "quoted", "case")
        if token.kind == "word" and token.text in (*_WORDS, "IN"):
            raise SplError(f"{token.text} as a value must stand in quotation marks", token.start)
        return Pattern(search_text(token.text) if token.kind == "word" else token.text, cased=token.kind == "case")

    def list(self) -> tuple[Pattern, ...]:
        self.take("(")
        values = [self.value()]
        while self.now.kind != ")":
            self.take(",")
            values.append(self.value())
        self.take(")")
        return tuple(values)


def _said(kinds: tuple[Kind, ...]) -> str:
    if "sub" in kinds:
        return "a condition"
    return "a value" if "word" in kinds else kinds[0]


def _field(token: _Token) -> str:
    """Return a field's name. Quoted names are read as names: not settled on a real Splunk, no page read tells."""
    if token.kind == "word" and token.text in _WORDS:
        raise SplError(f"{token.text} needs a condition on each side", token.start)
    if token.text in _REFUSED:
        raise SplError(f"the modifier {token.text} is not known here", token.start)
    if "*" in token.text or not token.text:
        raise SplError("a field's name takes no wildcard", token.start)
    return token.text
