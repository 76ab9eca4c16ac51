"""The functions of EQL: what they take, what they give, and what they do; null in, null out."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.eql.kinds import address, holder
from lab.eql.text import lower


@dataclass(frozen=True, slots=True)
class Function:
    """Hold a function; `takes` are kinds, the last of them repeated where `more`, `any` is every kind."""

    takes: tuple[str, ...]
    required: int
    gives: str
    apply: Callable[..., Any]
    more: bool = False
    folds: bool = False


def function(name: str) -> Function | None:
    """Find a function; its name's case does not matter to Elasticsearch."""
    return FUNCTIONS.get(name.lower())


def apply(name: str, values: tuple[Any, ...], *, folded: bool) -> Any:
    """Call a function; with `folded`, ASCII letters of its texts have no case."""
    if None in values:
        return None
    if folded:
        values = tuple(lower(value) if isinstance(value, str) else value for value in values)
    return FUNCTIONS[name.lower()].apply(*values)


def _between(source: str, left: str, right: str, greedy: bool = False) -> str:
    start = source.find(left)
    if start < 0:
        return ""
    start += len(left)
    end = source.rfind(right, start) if greedy else source.find(right, start)
    return source[start:end] if end >= 0 else ""


def _cidr_match(source: Any, *blocks: str) -> bool:
    held = address(source)
    return any(held in ipaddress.ip_network(block, strict=False) for block in blocks)


def _concat(*values: Any) -> str:
    return "".join(map(holder("string"), values))


def _divide(left: float, right: float) -> float:
    """Divide; two whole numbers give a whole number, as Java divides them."""
    return math.trunc(left / right) if isinstance(left, int) and isinstance(right, int) else left / right


def _index_of(source: str, wanted: str, start: int = 0) -> int | None:
    found = source.find(wanted, max(start, 0))
    return found if found >= 0 else None


def _modulo(left: float, right: float) -> float:
    rest = math.fmod(left, right)
    return int(rest) if isinstance(left, int) and isinstance(right, int) else rest


def _number(text: str, base: int | None = None) -> int | float | None:
    if not text:
        return None
    if base is not None or text.lower().startswith("0x"):
        return int(text, base or 16)
    return float(text) if set(text) & set(".eE") else int(text)


def _substring(source: str, start: int, end: int | None = None) -> str:
    return source[start:end]


TEXT = ("string",)
NUMBERS = ("number", "number")
FUNCTIONS = {
    "add": Function(NUMBERS, 2, "number", lambda left, right: left + right),
    "between": Function((*TEXT * 3, "boolean"), 3, "string", _between, folds=True),
    "cidrmatch": Function(("ip", "string"), 2, "boolean", _cidr_match, more=True),
    "concat": Function(("any",), 1, "string", _concat, more=True),
    "divide": Function(NUMBERS, 2, "number", _divide),
    "endswith": Function(TEXT * 2, 2, "boolean", str.endswith, folds=True),
    "indexof": Function((*TEXT * 2, "number"), 2, "number", _index_of, folds=True),
    "length": Function(TEXT, 1, "number", len),
    "modulo": Function(NUMBERS, 2, "number", _modulo),
    "multiply": Function(NUMBERS, 2, "number", lambda left, right: left * right),
    "number": Function(("string", "number"), 1, "number", _number),
    "startswith": Function(TEXT * 2, 2, "boolean", str.startswith, folds=True),
    "string": Function(("any",), 1, "string", holder("string")),
    "stringcontains": Function(TEXT * 2, 2, "boolean", lambda text, part: part in text, folds=True),
    "substring": Function(("string", "number", "number"), 2, "string", _substring),
    "subtract": Function(NUMBERS, 2, "number", lambda left, right: left - right),
}
