"""What each test of a predicate means to DuckDB: one table, in two readings.

"may" is true for every row the predicate holds for, and perhaps for more; "must" is true only for rows it holds for.
`Never` turns one into the other. Lists and objects are taken apart only in Python, so a test over one may hold and
need not. Every test is true or false, never NULL.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from huntline.model.predicate import Every, Never, Op, Predicate, Some, Test, fold
from huntline_archive import sql
from huntline_archive.regex import Pattern, any_of, literal, superset, wildcard

Mode: TypeAlias = Literal["may", "must"]


@dataclass(frozen=True, slots=True)
class Names:
    """How to write a row field: its text, whether it is a list or object, and the whole event as text where there is one."""

    text: Callable[[str], str]
    odd: Callable[[str], str]
    raw: str | None


def condition(predicate: Predicate, mode: Mode, names: Names) -> str:
    """Write the predicate as a SQL condition in one of the two readings."""
    match predicate:
        case Test(op="keyword"):
            return _keyword(predicate, mode, names)
        case Test():
            return _test(predicate, mode, names)
        case Every(of):
            return sql.every(condition(p, mode, names) for p in of)
        case Some(of):
            return sql.some(condition(p, mode, names) for p in of)
        case Never(of):
            return sql.negated(condition(of, "must" if mode == "may" else "may", names))


def column_names(raw: str | None = None) -> Names:
    """Write fields as columns of their own names: how a query reads to a person."""
    return Names(sql.name, lambda _: sql.FALSE, raw)


def member(predicate: Predicate, names: Names) -> str:
    """Write a source's own condition (claim, population), which knows lists: `is` holds for one listed, too."""
    match predicate:
        case Test(field, "is", values):
            return _listed(names.text(field), values)
        case Test():
            return sql.sure(_may(predicate, names.text(predicate.field), names))
        case Every(of):
            return sql.every(member(p, names) for p in of)
        case Some(of):
            return sql.some(member(p, names) for p in of)
        case Never(of):
            return sql.negated(member(of, names))


def _listed(value: str, values: tuple[str, ...]) -> str:
    """The value as it is written first: it is the common case, and the cheapest."""
    inside = any_of([literal(f'"{v}"') for v in values])
    bracket = sql.call("starts_with", value, sql.text("["))
    listed = sql.case((bracket, _matches(value, inside, "i")), otherwise=sql.FALSE)
    folded = sql.among(sql.call("lower", value), [fold(v) for v in values])
    caseless = all(v.lower() == v.upper() for v in values)
    return sql.some(map(sql.sure, (sql.among(value, values), sql.FALSE if caseless else folded, listed)))


def _test(test: Test, mode: Mode, names: Names) -> str:
    value, odd = names.text(test.field), names.odd(test.field)
    if mode == "may":
        return sql.some((sql.sure(_may(test, value, names)), odd))
    return sql.every((sql.sure(_must(test, value)), sql.negated(odd)))


def _may(test: Test, value: str, names: Names) -> str:  # noqa: PLR0911 (one return for each kind)
    match test.op:
        case "exists":
            return sql.some(_there(value, v == "true") for v in test.values)
        case "null":
            return _there(value, False)
        case "lt" | "lte" | "gt" | "gte":
            return sql.some(_number(value, test.op, v) for v in test.values)
        case "cidr":
            return sql.some(_inside(value, v) for v in test.values)
        case "fieldref":
            return sql.some(_equal(value, names.text(v), names.odd(v)) for v in test.values)
        case "regex":
            return sql.some(_matches(value, superset(v, test.flags), "") for v in test.values)
        case _:
            return _texts(test, value)


PLAIN: dict[Op, str] = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}


def _texts(test: Test, value: str) -> str:
    """A few ASCII values are compared in lower case, which is cheapest and finds no less; else one regular expression."""
    if not test.cased and test.values and all(v.isascii() for v in test.values):
        lower = sql.call("lower", value)
        if test.op == "is":
            return sql.among(lower, [v.lower() for v in test.values])
        if test.op in PLAIN and len(test.values) <= 2:
            return sql.some(sql.call(PLAIN[test.op], lower, sql.text(v.lower())) for v in test.values)
    return _any(value, [_pattern(test, v) for v in test.values], "" if test.cased else "i")


def _must(test: Test, value: str) -> str:
    match test.op:
        case "exists":
            return sql.some(_there(value, v == "true") for v in test.values)
        case "null":
            return _there(value, False)
        case "is" | "contains" | "startswith" | "endswith" | "wildcard":
            patterns = [p for v in test.values if (p := _pattern(test, v)).exact]
            if not patterns or test.cased:
                return _any(value, patterns, "")
            # RE2 takes the long s for an s, the rule does not
            long_s = sql.call("contains", value, sql.text("ſ"))
            return sql.every((_any(value, patterns, "i"), sql.negated(long_s)))
        case _:
            return sql.FALSE


def _pattern(test: Test, value: str) -> Pattern:
    body = wildcard(value) if test.op == "wildcard" else literal(value)
    text = body.text
    if test.op in ("is", "startswith", "wildcard"):
        text = r"\A" + text
    if test.op in ("is", "endswith", "wildcard"):
        text += r"\z"
    return Pattern(text, body.exact)


def _any(value: str, patterns: Sequence[Pattern], flags: str) -> str:
    """Chunks keep a long list within RE2's memory."""
    chunks = [patterns[i : i + 100] for i in range(0, len(patterns), 100)]
    return sql.some(_matches(value, any_of(list(chunk)), flags) for chunk in chunks)


def _matches(value: str, pattern: Pattern, flags: str) -> str:
    return sql.call("regexp_matches", value, sql.text(pattern.text), sql.text("s" + flags))


def _there(value: str, wanted: bool) -> str:
    return f"({value} IS {'NOT ' if wanted else ''}NULL)"


def _number(value: str, op: str, than: str) -> str:
    """A text that DuckDB takes for no number may still be one to Python; a float may have lost the difference."""
    sign = "<=" if op in ("lt", "lte") else ">="
    compared = f"TRY_CAST({value} AS DOUBLE) {sign} TRY_CAST({sql.text(than)} AS DOUBLE)"
    return sql.every((_there(value, True), sql.call("coalesce", compared, sql.TRUE)))


def _inside(value: str, network: str) -> str:
    """IPv4 by its whole octets, everything with a colon: the matcher decides."""
    net = ipaddress.ip_network(network, strict=False)
    colon = sql.call("contains", value, sql.text(":"))
    if net.version == 6:
        return colon
    octets = str(net.network_address).split(".")[: net.prefixlen // 8]
    start = "".join(f"{octet}." for octet in octets)[: None if net.prefixlen < 32 else -1]
    return sql.some((_matches(value, Pattern(r"\A\s*" + literal(start).text, False), ""), colon))


def _equal(value: str, other: str, odd: str) -> str:
    """Beyond ASCII the two may fold case differently: let the matcher see."""
    same = f"({sql.call('lower', value)} = {sql.call('lower', other)})"
    wide = f"({sql.call('strlen', value)} <> {sql.call('length', value)})"
    return sql.some((same, sql.every((wide, _there(other, True))), odd))


def _keyword(test: Test, mode: Mode, names: Names) -> str:
    """Look in the line as it is written; letters written as escapes make it a candidate, too."""
    if mode == "must":
        return sql.FALSE
    runs = [max(wildcard(value).runs, key=len, default="") for value in test.values]
    if names.raw is None or not all(runs):
        return sql.TRUE
    patterns = [literal(run) for run in runs] + [Pattern(r"\\u00", True)]
    return sql.sure(_any(names.raw, patterns, "i"))
