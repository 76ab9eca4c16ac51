"""Patterns of `*` (any run) and `?` (one character), taken apart and put together; a backslash makes these and itself plain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from huntline.model.predicate import Op, Test


@dataclass(frozen=True, slots=True)
class Wild:
    """A wildcard of a text: any run of characters, or exactly one."""

    sign: Literal["*", "?"]


STAR, ONE = Wild("*"), Wild("?")
Part: TypeAlias = str | Wild

AROUND: Mapping[tuple[bool, bool], Op] = {
    (False, False): "is",
    (True, False): "endswith",
    (False, True): "startswith",
    (True, True): "contains",
}
"""Whether a star stands before a plain text, and after it -> what that asks."""


def parts_of(pattern: str) -> tuple[Part, ...]:
    """Take a pattern apart at its wildcards; before anything else than `*`, `?` and itself a backslash is plain.

    >>> parts_of(r"C:\\*.ex?")
    ('C:\\', Wild(sign='*'), '.ex', Wild(sign='?'))
    """
    known = {"*": STAR, "?": ONE}
    return merged([known.get(token) or token[-1] for token in re.findall(r"\\[*?\\]|.", pattern, re.DOTALL)])


def pattern_of(parts: Sequence[Part]) -> str:
    """Write parts as a pattern: what `parts_of` takes apart again."""
    return "".join(part.sign if isinstance(part, Wild) else re.sub(r"([\\*?])", r"\\\1", part) for part in parts)


def merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Join neighbouring texts; empty ones are left out."""
    found: list[Part] = []
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
            continue
        if text:
            found.append("".join(text))
            text = []
        found.append(part)
    tail = "".join(text)
    return (*found, tail) if tail else tuple(found)


def simplest(field: str, parts: Sequence[Part], cased: bool) -> Test:
    """Return the simplest test of a field that a text with these wildcards stands for."""
    before, after = parts[:1] == (STAR,), len(parts) > 1 and parts[-1] == STAR
    inner = parts[before : len(parts) - after]
    if not inner and not before:
        return Test(field, "is", ("",), cased)
    if len(inner) == 1 and isinstance(inner[0], str):
        return Test(field, AROUND[before, after], (inner[0],), cased)
    return Test(field, "wildcard", (pattern_of(parts),), cased)
