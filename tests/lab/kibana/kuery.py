"""The part of Kibana's query language that filters and simple rules use: read to a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Is:
    """A field has a value; "*" as a pattern stands for any. A quoted value is no pattern."""

    field: str
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Than:
    """A field is above or below a value: `sign` is gte, gt, lte or lt."""

    field: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    of: Node


@dataclass(frozen=True, slots=True)
class Every:
    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    of: tuple[Node, ...]


Node: TypeAlias = "Is | Than | Not | Every | Some"


class Unread(Exception):
    """The text is not in the language, or in a part of it that the lab does not read."""


def read(text: str) -> Node | None:
    """Read a text, None for one that asks nothing; raises Unread."""
    if text.strip() in {"", "*", "*:*"}:
        return None
    reader = _Reader(_tokens(text))
    found = reader.some("")
    if reader.place != len(reader.tokens):
        raise Unread(f"Expected end of input but {reader.tokens[reader.place]!r} found.")
    return found


def fields(node: Node | None) -> set[str]:
    """Return the names of all fields a text asks."""
    if node is None:
        return set()
    if isinstance(node, Is | Than):
        return {node.field}
    return set().union(*map(fields, (node.of,) if isinstance(node, Not) else node.of))


SIGNS = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}
TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>[<>]=?|[():])|(?P<word>(?:[^\s():<>"{}\\]|\\.)+))')


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        token = TOKEN.match(text, place)
        if token is None:
            raise Unread(f"Expected a value but {text[place:].strip()[0]!r} found.")
        found.append(token[0].strip())
        place = token.end()
    return found


class _Reader:
    """Descends through or, and, not; `field` is set inside the brackets of a value."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = tokens, 0

    def some(self, field: str) -> Node:
        found = [self.every(field)]
        while self._takes("or"):
            found.append(self.every(field))
        return found[0] if len(found) == 1 else Some(tuple(found))

    def every(self, field: str) -> Node:
        found = [self.one(field)]
        while self._takes("and"):
            found.append(self.one(field))
        return found[0] if len(found) == 1 else Every(tuple(found))

    def one(self, field: str) -> Node:
        if self._takes("not"):
            return Not(self.one(field))
        if self._takes("("):
            found = self.some(field)
            self._expect(")")
            return found
        word = self._next()
        if field:
            return _value(field, word)
        name = _plain(word)
        for sign, meant in SIGNS.items():
            if self._takes(sign):
                return Than(name, meant, _plain(self._next()))
        self._expect(":")
        if self._takes("("):
            found = self.some(name)
            self._expect(")")
            return found
        return _value(name, self._next())

    def _takes(self, word: str) -> bool:
        there = self.place < len(self.tokens) and self.tokens[self.place].lower() == word
        self.place += there
        return there

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise Unread(f'Expected "{word}" but end of input or something else found.')

    def _next(self) -> str:
        if self.place == len(self.tokens) or self.tokens[self.place] in {"(", ")", ":", *SIGNS}:
            raise Unread("Expected a value but end of input or a sign found.")
        self.place += 1
        return self.tokens[self.place - 1]


def _value(field: str, word: str) -> Is:
    if word.startswith('"'):
        return Is(field, re.sub(r"\\(.)", r"\1", word[1:-1]), quoted=True)
    return Is(field, word, quoted=False)


def _plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word.strip('"'))


def pattern(value: str) -> re.Pattern[str]:
    """Return what an unquoted value matches: "*" is any text, a backslash takes a sign for itself."""
    parts = re.findall(r"\\.|\*|[^\\*]+", value)
    return re.compile(
        "".join(".*" if one == "*" else re.escape(re.sub(r"^\\(.)", r"\1", one)) for one in parts), re.DOTALL
    )
