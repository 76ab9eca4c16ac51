"""A predicate as an expression for `where`, exact for every test: what `search` cannot say is said here.

Each test of a field is `isnotnull(mvfilter(...))`: one of its values is enough, none is false and never null, so that
NOT keeps the event (Search Reference, "Multivalue eval functions" and "Comparison and conditional functions").
"""

from __future__ import annotations

import re

from huntline.model.predicate import Every, Never, Predicate, Some, Test
from huntline.model.wildcards import ONE, STAR, parts_of
from huntline_splunk.literals import column, text

SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def expression(predicate: Predicate) -> str:
    """Write a predicate that is more than true or false."""
    match predicate:
        case Test():
            return _test(predicate)
        case Never(of):
            return f"NOT ({expression(of)})"
        case Every(of):
            return "(" + " AND ".join(map(expression, of)) + ")"
        case Some(of):
            return "(" + " OR ".join(map(expression, of)) + ")"


def _test(test: Test) -> str:  # noqa: PLR0911 (one return for each kind)
    field = column(test.field)
    match test.op:
        case "null":
            return f"isnull({field})"
        case "exists":
            return f"is{'not' if test.values == ('true',) else ''}null({field})"
        case "keyword":
            pattern = "|".join(_pattern(value, "wildcard") for value in test.values)
            return f"match(_raw, {text(_flags(test) + f'(?:{pattern})')})"
        case "fieldref":
            return _any([_equal(field, column(other), test) for other in test.values])
        case "cidr":
            return _any([f"isnotnull(mvfilter(cidrmatch({text(value)}, {field})))" for value in test.values])
        case "lt" | "lte" | "gt" | "gte":
            return _any([f"isnotnull(mvfilter(tonumber({field}){SIGNS[test.op]}{value}))" for value in test.values])
    return f"isnotnull(mvfilter(match({field}, {text(_regex(test))})))"


def _any(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(parts) + ")"


def _equal(one: str, other: str, test: Test) -> str:
    low = "" if test.cased else "lower"
    return f"(isnotnull({one}) AND isnotnull({other}) AND {low}({one})={low}({other}))"


def _regex(test: Test) -> str:
    """Write any test of a text as one PCRE pattern; `\\A` and `\\z` are the ends of the value, whatever its lines."""
    if test.op == "regex":
        flags = f"(?{test.flags})" if test.flags else ""
        return flags + "|".join(
            f"(?:{_pcre(value)})" if len(test.values) > 1 else _pcre(value) for value in test.values
        )
    body = "|".join(_pattern(value, test.op) for value in test.values)
    body = f"(?:{body})" if len(test.values) > 1 else body
    before = "\\A" if test.op in ("is", "startswith", "wildcard") else ""
    after = "\\z" if test.op in ("is", "endswith", "wildcard") else ""
    return _flags(test) + before + body + after


def _flags(test: Test) -> str:
    return "(?s)" if test.cased else "(?is)"


def _pattern(value: str, op: str) -> str:
    if op not in ("wildcard", "keyword"):
        return _literal(value)
    signs = {STAR: ".*", ONE: "."}
    return "".join(_literal(part) if isinstance(part, str) else signs[part] for part in parts_of(value))


def _literal(value: str) -> str:
    return "".join(map(_sign, value))


def _sign(char: str) -> str:
    if char.isalnum() or char in " _-/:;,%='\"<>&@~#!`":
        return char
    if char.isprintable():
        return f"\\{char}"
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\x{{{ord(char):x}}}"


def _pcre(pattern: str) -> str:
    """Python's spelling of what PCRE spells otherwise: the very end, and characters by number."""
    return re.sub(r"\\(?:(Z)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", _spelled, pattern, flags=re.DOTALL)


def _spelled(found: re.Match[str]) -> str:
    end, short, long, other = found.groups()
    if end:
        return "\\z"
    return f"\\x{{{short or long}}}" if short or long else f"\\{other}"
