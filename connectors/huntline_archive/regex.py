"""Patterns for RE2 that find at least what the rule's pattern finds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from re import _constants as sre  # the parse tree has no public door
from re import _parser
from typing import Any

from huntline.model.wildcards import ONE, STAR, parts_of

_MOST = 50  # repeats written out; RE2 refuses more than 1000, nested ones multiplied


@dataclass(frozen=True, slots=True)
class Pattern:
    """`exact` False: finds more than it should. `runs`: plain letters and digits it cannot do without."""

    text: str
    exact: bool
    runs: tuple[str, ...] = ()


def any_of(patterns: Iterable[Pattern]) -> Pattern:
    """Join patterns as alternatives."""
    listed = list(patterns)
    return Pattern("(?:" + "|".join(p.text for p in listed) + ")", all(p.exact for p in listed))


def literal(text: str) -> Pattern:
    """Match the text itself. Characters outside ASCII fold case by table, and tables differ: any character stands for them."""
    return Pattern(
        "".join(map(_char, text)), text.isascii() and "\0" not in text, tuple(re.findall(r"[A-Za-z0-9]+", text))
    )


def wildcard(text: str) -> Pattern:
    """Match with `*` any run and `?` one character; a backslash before `*`, `?` or itself makes it plain."""
    signs = {STAR: Pattern(".*", True), ONE: Pattern(".", True)}
    pieces = [literal(part) if isinstance(part, str) else signs[part] for part in parts_of(text)]
    exact = all(piece.exact for piece in pieces)
    return Pattern("".join(piece.text for piece in pieces), exact, tuple(run for piece in pieces for run in piece.runs))


def superset(text: str, flags: str) -> Pattern:
    """Turn a Python pattern (ASCII classes) into one for RE2 that finds wherever it finds.

    What RE2 lacks is left out or widened: looking around, back references, `$` and long repeats.
    """
    asked = re.ASCII
    for flag, meaning in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)):
        asked |= meaning if flag in flags else re.NOFLAG
    tree = _parser.parse(text, asked)
    return Pattern(_sequence(tree, tree.state.flags), False)


def _char(char: str) -> str:
    if not char.isascii() or char == "\0":
        return "."
    return char if char.isalnum() or char in "_ " else f"\\x{{{ord(char):x}}}"


def _sequence(items: Any, flags: int) -> str:
    return "".join(_item(op, value, flags) for op, value in items)


def _item(op: Any, value: Any, flags: int) -> str:  # noqa: PLR0911 (one return for each kind)
    match str(op):
        case "LITERAL":
            return "[" + _member(op, value, flags) + "]"
        case "NOT_LITERAL":
            return "[^" + _member(sre.LITERAL, value, flags) + "]"
        case "ANY":
            return "(?s:.)" if flags & re.DOTALL else r"[^\n]"
        case "IN":
            return _class(value, flags)
        case "BRANCH":
            return "(?:" + "|".join(_sequence(one, flags) for one in value[1]) + ")"
        case "SUBPATTERN":
            _, added, removed, inner = value
            return "(?:" + _sequence(inner, (flags | added) & ~removed) + ")"
        case "ATOMIC_GROUP":
            return "(?:" + _sequence(value, flags) + ")"
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeat(value, flags)
        case "AT":
            return _at(value, flags)
        case "GROUPREF" | "GROUPREF_EXISTS":
            return "(?s:.*)"
        case _:  # looking around: without it the pattern finds more
            return ""


def _repeat(value: Any, flags: int) -> str:
    least, most, inner = value
    body = "(?:" + _sequence(inner, flags) + ")"
    nested = "{" in re.sub(r"\\x\{[0-9a-f]+\}", "", body)
    if nested or least > _MOST or (most is not sre.MAXREPEAT and most > _MOST):
        return body + ("+" if least else "*")
    return body + ("{" + f"{least},{'' if most is sre.MAXREPEAT else most}" + "}")


def _at(value: Any, flags: int) -> str:
    known = {"AT_BEGINNING": "(?m:^)" if flags & re.MULTILINE else r"\A", "AT_BEGINNING_STRING": r"\A"}
    known |= {"AT_BOUNDARY": r"\b", "AT_NON_BOUNDARY": r"\B", "AT_END_STRING": r"\z"}
    known |= {"AT_END": "(?m:$)"} if flags & re.MULTILINE else {}
    return known.get(str(value), "")  # "$" also holds before a last line break, which RE2 cannot say


def _class(items: Any, flags: int) -> str:
    negated = bool(items) and str(items[0][0]) == "NEGATE"
    body = "".join(_member(op, value, flags) for op, value in items[1 if negated else 0 :])
    return f"[{'^' if negated else ''}{body}]"


def _member(op: Any, value: Any, flags: int) -> str:
    match str(op):
        case "LITERAL":
            return _cases(value, value, flags)
        case "RANGE":
            return _cases(value[0], value[1], flags)
        case _:
            known = {"CATEGORY_DIGIT": "0-9", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s\x0b"}
            known |= {
                "CATEGORY_NOT_DIGIT": r"\D",
                "CATEGORY_NOT_WORD": r"\W",
                "CATEGORY_NOT_SPACE": r"\x00-\x08\x0e-\x1f\x21-\x{10ffff}",
            }
            return known[str(value)]


def _cases(first: int, last: int, flags: int) -> str:
    """Python's ASCII folding, written out: RE2 would fold more, and a negated class would then find less."""
    written = _range(first, last)
    if flags & re.IGNORECASE:
        for low, high, shift in ((0x41, 0x5A, 32), (0x61, 0x7A, -32)):
            start, end = max(first, low), min(last, high)
            written += _range(start + shift, end + shift) if start <= end else ""
    return written


def _range(first: int, last: int) -> str:
    return f"\\x{{{first:x}}}" if first == last else f"\\x{{{first:x}}}-\\x{{{last:x}}}"
