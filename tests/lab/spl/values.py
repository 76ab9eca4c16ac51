"""What a field and an expression may hold, and how numbers and text become each other."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from lab.spl.tree import Row

Value: TypeAlias = bool | int | float | str | list[str] | None

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")


def number(value: Any) -> int | float | None:
    """Return the number a value is, or that its text reads as; None where it is none, or beyond all bounds."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = int(value) if len(value) < 19 and value.strip().lstrip("+-").isdecimal() else float(value)
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def text(value: Any) -> str | None:
    """Return a value as a field keeps it: whole numbers without a point; of several values the lot, by lines."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, list):
        return "\n".join(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value)


def whole(row: Row) -> dict[str, str | list[str]]:
    """Return a row with all its fields; rows may know a quicker way to it, `plain`."""
    quick: Callable[[], dict[str, str | list[str]]] | None = getattr(row, "plain", None)
    return dict(row) if quick is None else quick()


def several(value: Any) -> list[str]:
    """Return the values of a field, none to many."""
    if value is None:
        return []
    return value if isinstance(value, list) else [text(value) or ""]


def kept(values: list[str]) -> str | list[str] | None:
    """Return values as a row holds them: None for none, the value itself for one."""
    if not values:
        return None
    return values[0] if len(values) == 1 else values
