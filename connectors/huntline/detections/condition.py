"""Read a Sigma condition into a tree over the names of a rule's selections."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from huntline.detections.refusal import NotLowered
from huntline.detections.wildcard import wildcard

DEEPEST = 50
"""Brackets and negations inside each other; more is no rule a person wrote."""


@dataclass(frozen=True, slots=True)
class Name:
    """A selection of the rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Both:
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    of: Condition


Condition: TypeAlias = Name | Both | Either | Not


def read_condition(text: str, names: Sequence[str]) -> Condition:
    """Return the tree of a condition: `or` binds least, then `and`, then `not`, then `1 of` and `all of`.

    Operators may be in capitals. Patterns leave out names that begin with an underscore, unless they do so themselves.
    Raises NotLowered for what is no condition and for names and patterns that no selection has.

    >>> read_condition("a and not 1 of b*", ("a", "b1"))
    Both(of=(Name(name='a'), Not(of=Name(name='b1'))))
    """
    reader = _Reader(re.findall(r"[()|]|[^\s()|]+", text)[::-1], tuple(names))
    if "|" in reader.words:
        raise NotLowered("aggregation", "a condition with | is of Sigma's old aggregation syntax")
    tree = reader.either(0)
    if reader.words:
        raise NotLowered("condition", f"the condition has {reader.words[-1]!r} where and, or or its end is due")
    return tree


@dataclass(slots=True)
class _Reader:
    """The words not yet read, last first; every method takes what it reads off the end."""

    words: list[str]
    names: tuple[str, ...]

    def either(self, depth: int) -> Condition:
        parts = self._joined("or", self.both, depth)
        return parts[0] if len(parts) == 1 else Either(parts)

    def both(self, depth: int) -> Condition:
        parts = self._joined("and", self.single, depth)
        return parts[0] if len(parts) == 1 else Both(parts)

    def _joined(self, word: str, part: Callable[[int], Condition], depth: int) -> tuple[Condition, ...]:
        parts = [part(depth)]
        while self._operator(word):
            parts.append(part(depth))
        return tuple(parts)

    def single(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise NotLowered("condition", f"the condition nests deeper than {DEEPEST} levels")
        if self._operator("not"):
            return Not(self.single(depth + 1))
        word = self._word()
        if word == "(":
            inner = self.either(depth + 1)
            if self._word() != ")":
                raise NotLowered("condition", "the condition has a bracket that is not closed")
            return inner
        if word.lower() in ("1", "any", "all") and self._operator("of"):
            chosen = tuple(map(Name, _chosen(self._word(), self.names)))
            if len(chosen) == 1:
                return chosen[0]
            return Both(chosen) if word.lower() == "all" else Either(chosen)
        if word not in self.names:
            raise NotLowered("condition", f"the condition names {word!r}, and no selection has that name")
        return Name(word)

    def _operator(self, word: str) -> bool:
        """Take the word off if it is next; what is the name of a selection is none in capitals."""
        if not self.words or self.words[-1].lower() != word:
            return False
        if self.words[-1] != word and self.words[-1] in self.names:
            return False
        self.words.pop()
        return True

    def _word(self) -> str:
        if not self.words:
            raise NotLowered("condition", "the condition ends too early")
        return self.words.pop()


def _chosen(pattern: str, names: Sequence[str]) -> list[str]:
    wanted = "*" if pattern.lower() == "them" and pattern not in names else pattern
    fits = wildcard(re.sub(r"([\\?])", r"\\\1", wanted))
    hidden = wanted.startswith("_")
    chosen = [name for name in names if fits(name) and (hidden or not name.startswith("_"))]
    if not chosen:
        raise NotLowered("condition", f"no selection fits {pattern!r} of the condition")
    return chosen
