"""Regular expressions of rules, as Python reads them, in the flavours of query languages.

A rule's expression is found anywhere in a value, its classes are ASCII. Written exactly, or refused with Lost; written
loosely, it finds at least as much, and what a flavour lacks is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from re import _constants as sre
from re import _parser
from typing import Any, TypeAlias

from huntline.translate.lost import Lost

Span: TypeAlias = tuple[int, int]
MOST = 1000
"""Repeats that RE2 and Lucene take."""
CLASSES: dict[str, tuple[Span, ...]] = {
    "DIGIT": ((0x30, 0x39),),
    "SPACE": ((0x09, 0x0D), (0x20, 0x20)),
    "WORD": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
}


@dataclass(frozen=True, slots=True)
class Flavour:
    """`whole`: the expression is held against the whole value, and there are no anchors (Lucene); else it is RE2's."""

    whole: bool


RE2 = Flavour(whole=False)
LUCENE = Flavour(whole=True)


def rewritten(text: str, flags: str, flavour: Flavour, *, loose: bool) -> str:
    """Write a rule's expression in a flavour. Raises Lost where that cannot be exact and `loose` is not asked for."""
    asked = re.ASCII
    for flag, meaning in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)):
        asked |= meaning if flag in flags else re.NOFLAG
    tree = _parser.parse(text, asked)
    writer = _Writer(flavour, loose)
    items = list(tree)
    if not flavour.whole:
        return writer.sequence(items, tree.state.flags)
    return writer.whole(items, tree.state.flags)


def required(text: str) -> str:
    """Return the longest plain text that every match contains, "" where none is sure. Case is open, as flags may be.

    >>> required(r"echo.*(a|b)clip+")
    'echo'
    """
    runs = [""]
    for op, value in _parser.parse(text, re.ASCII):
        if str(op) == "LITERAL":
            runs[-1] += chr(value)
        else:
            runs.append("")
    return max(runs, key=len)


def plain(char: str, flavour: Flavour = RE2) -> str:
    """Write a character that means itself, outside a class."""
    return _Writer(flavour, loose=False).char(ord(char), inside=False)


@dataclass(frozen=True, slots=True)
class _Writer:
    flavour: Flavour
    loose: bool

    def whole(self, items: Sequence[tuple[Any, Any]], flags: int) -> str:
        """Say with stars what other flavours say without anchors: each alternative of the top may have its own."""
        if len(items) == 1 and str(items[0][0]) == "BRANCH":
            return "|".join(self.whole(list(one), flags) for one in items[0][1][1])
        if len(items) == 1 and str(items[0][0]) == "SUBPATTERN" and not any(items[0][1][1:3]):
            return "(" + self.whole(list(items[0][1][3]), flags) + ")"
        first = bool(items) and _anchor(items[0]) in ("AT_BEGINNING", "AT_BEGINNING_STRING")
        last = _anchor(items[-1]) if len(items) > first else ""
        ends = last in ("AT_END", "AT_END_STRING")
        if (first or ends) and flags & re.MULTILINE and "STRING" not in last:
            return self._lacks("an anchor at lines", ".*")
        inner = self.sequence(items[first : len(items) - ends], flags)
        before = "" if first else ".*"
        after = {"AT_END": "\n?", "AT_END_STRING": ""}.get(last, ".*")
        return f"{before}({inner}){after}" if "|" in inner else f"{before}{inner}{after}"

    def sequence(self, items: Sequence[tuple[Any, Any]], flags: int) -> str:
        return "".join(self._item(op, value, flags) for op, value in items)

    def _item(self, op: Any, value: Any, flags: int) -> str:  # noqa: PLR0911 (one return for each kind)
        match str(op):
            case "LITERAL":
                return self._set([(value, value)], flags)
            case "NOT_LITERAL":
                return self._set(_outside(_cased([(value, value)], flags)), 0)
            case "ANY":
                return self._any(bool(flags & re.DOTALL))
            case "IN":
                return self._class(value, flags)
            case "BRANCH":
                return "(" + "|".join(self.sequence(list(one), flags) for one in value[1]) + ")"
            case "SUBPATTERN":
                _, added, removed, inner = value
                return "(" + self.sequence(list(inner), (flags | added) & ~removed) + ")"
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self._repeat(value, flags)
            case "POSSESSIVE_REPEAT":
                return self._lacks("a possessive repeat", self._repeat(value, flags))
            case "ATOMIC_GROUP":
                return self._lacks("an atomic group", "(" + self.sequence(list(value), flags) + ")")
            case "AT":
                return self._at(str(value), flags)
            case "GROUPREF" | "GROUPREF_EXISTS":
                return self._lacks("a back reference", self._any(True) + "*")
            case _:
                return self._lacks("looking around", "")

    def _lacks(self, what: str, instead: str) -> str:
        if not self.loose:
            raise Lost("regex", f"the language has no {what.removeprefix('a ').removeprefix('an ')}")
        return instead

    def _any(self, newline: bool) -> str:
        if self.flavour.whole:
            return "." if newline else "[^\n]"
        return "(?s:.)" if newline else "[^\\n]"

    def _repeat(self, value: Any, flags: int) -> str:
        least, most, inner = value
        body = self.sequence(list(inner), flags)
        if not re.fullmatch(r"\\?.|\[(?:[^\[\]\\]|\\.)*\]|\((?:[^()\\]|\\.)*\)", body, re.DOTALL):
            body = f"({body})"
        unbounded = most is sre.MAXREPEAT
        if least > MOST or (not unbounded and most > MOST):
            return self._lacks("repeats over 1000", body + "*")
        match least, most:
            case 0, 1:
                return body + "?"
            case ((0 | 1), _) if unbounded:
                return body + ("+" if least else "*")
            case _:
                bounds = f"{least},{'' if unbounded else most}" if least != most else str(least)
                return body + "{" + bounds + "}"

    def _at(self, where: str, flags: int) -> str:
        if self.flavour.whole:
            return self._lacks("anchors inside an expression", "")
        lines = bool(flags & re.MULTILINE)
        match where:
            case "AT_BEGINNING":
                return "(?m:^)" if lines else r"\A"
            case "AT_BEGINNING_STRING":
                return r"\A"
            case "AT_END":
                return "(?m:$)" if lines else r"(\n?$)"
            case "AT_END_STRING":
                return "$"
            case _:
                # Other languages count letters beyond ASCII as parts of words.
                return "" if self.loose else (r"\b" if where == "AT_BOUNDARY" else r"\B")

    def _class(self, items: Any, flags: int) -> str:
        spans: list[Span] = []
        for op, value in items:
            match str(op):
                case "LITERAL":
                    spans += _cased([(value, value)], flags)
                case "RANGE":
                    spans += _cased([value], flags)
                case "CATEGORY":
                    name = str(value).removeprefix("CATEGORY_")
                    known = list(CLASSES[name.removeprefix("NOT_")])
                    spans += _outside(known) if name.startswith("NOT_") else known
        return self._set(_outside(spans) if str(items[0][0]) == "NEGATE" else spans, 0)

    def _set(self, spans: Sequence[Span], flags: int) -> str:
        merged = _merged(_cased(spans, flags))
        if len(merged) == 1 and merged[0][0] == merged[0][1]:
            return self.char(merged[0][0], inside=False)
        if merged and merged[-1][1] == sys.maxunicode:  # shorter by what is left out
            out = _outside(merged)
            return "[^" + self._spans(out) + "]" if out else self._any(True)
        return "[" + self._spans(merged) + "]" if merged else self._lacks("an empty class", self._any(True))

    def _spans(self, spans: Sequence[Span]) -> str:
        return "".join(
            self.char(low, inside=True) + (f"-{self.char(high, inside=True)}" if high > low else "")
            for low, high in spans
        )

    def char(self, code: int, *, inside: bool) -> str:
        """Escape what is not plain in either flavour. RE2 knows no escaped `_`, and its heirs read `\\<` as a boundary."""
        sign = chr(code)
        if (
            sign.isalnum()
            or sign in "_ "
            or (sign in ":;,%='!/" and not inside)
            or (sign in "<>" and not self.flavour.whole)
        ):
            return sign
        if self.flavour.whole:
            return sign if code < 0x20 or code > 0x7E else "\\" + sign
        return "\\" + sign if 0x20 < code < 0x7F else f"\\x{{{code:x}}}"


def _anchor(item: tuple[Any, Any]) -> str:
    return str(item[1]) if str(item[0]) == "AT" else ""


def _cased(spans: Sequence[Span], flags: int) -> list[Span]:
    """Add the other case of ASCII letters where case does not count: what Python folds under re.ASCII."""
    found = list(spans)
    if flags & re.IGNORECASE:
        for low, high in spans:
            for first, last, shift in ((0x41, 0x5A, 32), (0x61, 0x7A, -32)):
                if max(low, first) <= min(high, last):
                    found.append((max(low, first) + shift, min(high, last) + shift))
    return found


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _outside(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    at = 0
    for low, high in _merged(spans):
        if low > at:
            found.append((at, low - 1))
        at = high + 1
    return [*found, (at, sys.maxunicode)] if at <= sys.maxunicode else found
