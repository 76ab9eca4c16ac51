"""Lucene's regular expressions with all optional operators, as Elasticsearch documents them for regexp queries.

Read by Lucene's own precedence: `|`, then `&`, then concatenation, then repetition, then `~`. What Python's `re` can
say is matched by `re`; complement, intersection and numeric intervals are matched by following the sets of positions.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

FIXED = {".": ".", "#": "(?!)", "@": ".*"}
CLASSES = {"d": "0-9", "s": r" \t\n\r", "w": "0-9A-Z_a-z"}  # not documented for EQL, known to Lucene since 8.6


class NotLuceneError(ValueError):
    """A pattern is no Lucene regular expression."""


@dataclass(frozen=True, slots=True)
class Source:
    """One piece that Python's `re` can say."""

    text: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A whole number between two, with `digits` digits when both were written alike, else with any zeros before."""

    low: int
    high: int
    digits: int | None


@dataclass(frozen=True, slots=True)
class Union:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Both:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    links: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    node: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Complement:
    node: Node


Node: TypeAlias = Source | Interval | Union | Both | Chain | Repeat | Complement


def regexp(pattern: str, *, folded: bool) -> Callable[[str], bool]:
    """Ask whether a whole text fits a pattern; raises NotLuceneError.

    Ignoring case reaches single ASCII characters, not ranges such as `[a-c]`: a documented limit of the engine.
    """
    node = _Reader(pattern, folded=folded).read()
    source = _source(node)
    if source is None:
        return lambda text: len(text) in _ends(node, text, 0)
    fits = re.compile(source, re.DOTALL).fullmatch
    return lambda text: fits(text) is not None


class _Reader:
    """A pattern being read; it has a place in it."""

    def __init__(self, pattern: str, *, folded: bool) -> None:
        self.pattern = pattern
        self.folded = folded
        self.at = 0

    def read(self) -> Node:
        node = self.union() if self.pattern else Source("")
        if self.at < len(self.pattern):
            raise NotLuceneError(f"{self.pattern[self.at]} at {self.at} closes nothing")
        return node

    def union(self) -> Node:
        options = [self.both()]
        while self.take("|"):
            options.append(self.both())
        return options[0] if len(options) == 1 else Union(tuple(options))

    def both(self) -> Node:
        options = [self.chain()]
        while self.take("&"):
            options.append(self.chain())
        return options[0] if len(options) == 1 else Both(tuple(options))

    def chain(self) -> Node:
        links = [self.repeat()]
        while self.at < len(self.pattern) and self.peek() not in ")|&":
            links.append(self.repeat())
        return links[0] if len(links) == 1 else Chain(tuple(links))

    def repeat(self) -> Node:
        node = self.complement()
        while (sign := self.peek()) and sign in "?*+{":
            self.at += 1
            low, high = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(sign) or self.bounds()
            node = Repeat(node, low, high)
        return node

    def bounds(self) -> tuple[int, int | None]:
        inside = re.compile(r"(\d+)(,(\d*))?\}").match(self.pattern, self.at)
        if inside is None:
            raise NotLuceneError(f"no whole number after {{ at {self.at}")
        self.at = inside.end()
        return int(inside[1]), int(inside[1]) if inside[2] is None else int(inside[3]) if inside[3] else None

    def complement(self) -> Node:
        return Complement(self.complement()) if self.take("~") else self.simple()

    def simple(self) -> Node:
        char = self.next()
        readers: dict[str, Callable[[], Node]] = {
            '"': lambda: Source("".join(map(self.char, self.until('"')))),
            "(": self.group,
            "<": self.interval,
            "[": self.characters,
            "\\": self.escaped,
        }
        if char in readers:
            return readers[char]()
        return Source(FIXED.get(char) or self.char(char))

    def group(self) -> Node:
        if self.take(")"):
            return Source("")
        node = self.union()
        if not self.take(")"):
            raise NotLuceneError("( is never closed")
        return node

    def interval(self) -> Node:
        inside = self.until(">")
        numbers = re.fullmatch(r"(\d+)-(\d+)", inside)
        if numbers is None:
            raise NotLuceneError(f"<{inside}> is no interval")
        low, high = numbers[1], numbers[2]
        least, most = sorted((int(low), int(high)))
        return Interval(least, most, len(low) if len(low) == len(high) else None)

    def characters(self) -> Node:
        negated = "^" if self.take("^") else ""
        found = [self.range()]
        while self.peek() and self.peek() != "]":
            found.append(self.range())
        if not self.take("]"):
            raise NotLuceneError("[ is never closed")
        return Source(f"[{negated}{''.join(found)}]")

    def range(self) -> str:
        first = self.next()
        if first == "\\":
            if self.peek() in CLASSES:
                return CLASSES[self.next()]
            first = self.next()
        if not self.take("-"):
            return "".join(map(re.escape, self.cases(first)))
        if self.peek() == "]":
            return re.escape(first) + r"\-"
        last = self.next()
        last = self.next() if last == "\\" else last
        if last < first:
            raise NotLuceneError(f"the range {first}-{last} is empty")
        return f"{re.escape(first)}-{re.escape(last)}"

    def escaped(self) -> Node:
        char = self.next()
        if char.lower() in CLASSES:
            return Source(f"[{'^' if char.isupper() else ''}{CLASSES[char.lower()]}]")
        if char.isascii() and char.isalpha():
            raise NotLuceneError(f"\\{char} is no class of characters")
        return Source(self.char(char))

    def char(self, char: str) -> str:
        cases = self.cases(char)
        return re.escape(char) if len(cases) == 1 else f"[{cases}]"

    def cases(self, char: str) -> str:
        return char.upper() + char.lower() if self.folded and char.isascii() and char.isalpha() else char

    def until(self, end: str) -> str:
        start, stop = self.at, self.pattern.find(end, self.at)
        if stop < 0:
            raise NotLuceneError(f"{end} is missing")
        self.at = stop + 1
        return self.pattern[start:stop]

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self, char: str) -> bool:
        taken = self.peek() == char
        self.at += taken
        return taken

    def next(self) -> str:
        char = self.peek()
        if not char:
            raise NotLuceneError("the pattern ends too early")
        self.at += 1
        return char


def _source(node: Node) -> str | None:
    """Write a node for Python's `re`, or None where it has no words for it."""
    match node:
        case Source(text=text):
            return text
        case Union(options=several) | Chain(links=several):
            sources = [_source(part) for part in several]
            joined = ("|" if isinstance(node, Union) else "").join(source or "" for source in sources)
            return None if None in sources else f"(?:{joined})"
        case Repeat(node=inner, low=low, high=high):
            source = _source(inner)
            return None if source is None else f"(?:{source}){{{low},{'' if high is None else high}}}"
        case _:
            return None


def _ends(node: Node, text: str, start: int) -> frozenset[int]:
    """Say where in a text a match that begins at `start` can end."""
    places = range(start, len(text) + 1)
    match node:
        case Source() | Interval():
            return frozenset(end for end in places if _fits(node, text[start:end]))
        case Union(options=options):
            return frozenset[int]().union(*(_ends(option, text, start) for option in options))
        case Both(options=options):
            return frozenset(places).intersection(*(_ends(option, text, start) for option in options))
        case Complement(node=inner):
            return frozenset(places) - _ends(inner, text, start)
        case Chain(links=links):
            return functools.reduce(lambda ends, link: _step(link, text, ends), links, frozenset({start}))
        case Repeat():
            return _repeated(node, text, start)


def _fits(piece: Source | Interval, text: str) -> bool:
    if isinstance(piece, Source):
        return re.fullmatch(piece.text, text, re.DOTALL) is not None
    whole_number = text.isascii() and text.isdigit() and piece.digits in {None, len(text)}
    return whole_number and piece.low <= int(text) <= piece.high


def _step(node: Node, text: str, starts: frozenset[int]) -> frozenset[int]:
    return frozenset[int]().union(*(_ends(node, text, start) for start in starts))


def _repeated(repeat: Repeat, text: str, start: int) -> frozenset[int]:
    """Repeat until no new place is reached; more rounds than characters reach nothing new beyond `low`."""
    ends = frozenset({start})
    for _ in range(repeat.low):
        ends = _step(repeat.node, text, ends)
    reached = ends
    for _ in range(len(text) + 1 if repeat.high is None else repeat.high - repeat.low):
        ends = _step(repeat.node, text, ends) - reached
        if not ends:
            break
        reached |= ends
    return reached
