"""What each test of a predicate means to DuckDB: one table, in two readings.

"may" is true for every row the predicate holds for, and perhaps for more; "must" is true only for rows it holds for.
`Never` turns one into the other. Lists and objects are taken apart only in Python, so a test over one may hold and
need not. Every test is true or false, never NULL.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlglot import exp

from huntline.model.predicate import Every, Never, Predicate, Some, Test, fold
from huntline_archive.regex import Pattern, any_of, literal, superset, wildcard

Mode: TypeAlias = Literal["may", "must"]


@dataclass(frozen=True, slots=True)
class Names:
    """How to write a row field: its text, whether it is a list or object, and the whole event as text where there is one."""

    text: Callable[[str], exp.Expr]
    odd: Callable[[str], exp.Expr]
    raw: exp.Expr | None


def condition(predicate: Predicate, mode: Mode, names: Names) -> exp.Expr:
    """Write the predicate as a SQL condition in one of the two readings."""
    match predicate:
        case Test(op="keyword"):
            return _keyword(predicate, mode, names)
        case Test():
            return _test(predicate, mode, names)
        case Every(of):
            return exp.and_(*(condition(p, mode, names) for p in of)) if of else exp.true()
        case Some(of):
            return exp.or_(*(condition(p, mode, names) for p in of)) if of else exp.false()
        case Never(of):
            return exp.not_(condition(of, "must" if mode == "may" else "may", names))


def column_names(raw: exp.Expr | None = None) -> Names:
    """Write fields as columns of their own names: how a query reads to a person."""
    return Names(lambda name: exp.column(name, quoted=True), lambda _: exp.false(), raw)


def member(predicate: Predicate, names: Names) -> exp.Expr:
    """Write a source's own condition (claim, population), which knows lists: `is` holds for one listed, too."""
    match predicate:
        case Test(field, "is", values):
            return _listed(names.text(field), values)
        case Test():
            return _sure(_may(predicate, names.text(predicate.field), names))
        case Every(of):
            return exp.and_(*(member(p, names) for p in of)) if of else exp.true()
        case Some(of):
            return exp.or_(*(member(p, names) for p in of))
        case Never(of):
            return exp.not_(member(of, names))


def _listed(value: exp.Expr, values: tuple[str, ...]) -> exp.Expr:
    """The value as it is written first: it is the common case, and the cheapest."""
    plain = value.isin(*values)
    among = any_of([literal(f'"{v}"') for v in values])
    bracket = exp.func("starts_with", value.copy(), exp.Literal.string("["))
    listed = exp.Case().when(bracket, _matches(value, among, "i")).else_(exp.false())
    if all(v.lower() == v.upper() for v in values):
        return exp.or_(_sure(plain), _sure(listed))
    return exp.or_(_sure(plain), _sure(exp.Lower(this=value.copy()).isin(*map(fold, values))), _sure(listed))


def _test(test: Test, mode: Mode, names: Names) -> exp.Expr:
    value, odd = names.text(test.field), names.odd(test.field)
    if mode == "may":
        return exp.or_(_sure(_may(test, value, names)), odd) if odd != exp.false() else _sure(_may(test, value, names))
    held = _sure(_must(test, value))
    return exp.and_(held, exp.not_(odd)) if odd != exp.false() else held


def _sure(test: exp.Expr) -> exp.Expr:
    return test if isinstance(test, exp.Boolean) else exp.func("coalesce", test, exp.false())


def _may(test: Test, value: exp.Expr, names: Names) -> exp.Expr:  # noqa: PLR0911 (one return for each kind)
    match test.op:
        case "exists":
            return exp.or_(*(_there(value, v == "true") for v in test.values))
        case "null":
            return _there(value, False)
        case "lt" | "lte" | "gt" | "gte":
            return exp.or_(*(_number(value, test.op, v) for v in test.values))
        case "cidr":
            return exp.or_(*(_inside(value, v) for v in test.values))
        case "fieldref":
            return exp.or_(*(_equal(value, names.text(v), names.odd(v)) for v in test.values))
        case "regex":
            return exp.or_(*(_matches(value, superset(v, test.flags), "") for v in test.values))
        case _:
            return _any(value, [_pattern(test, v) for v in test.values], "" if test.cased else "i")


def _must(test: Test, value: exp.Expr) -> exp.Expr:
    match test.op:
        case "exists":
            return exp.or_(*(_there(value, v == "true") for v in test.values))
        case "null":
            return _there(value, False)
        case "is" | "contains" | "startswith" | "endswith" | "wildcard":
            patterns = [p for v in test.values if (p := _pattern(test, v)).exact]
            if not patterns or test.cased:
                return _any(value, patterns, "")
            # RE2 takes the long s for an s, the rule does not
            return exp.and_(
                _any(value, patterns, "i"), exp.not_(exp.Contains(this=value.copy(), expression=_text("ſ")))
            )
        case _:
            return exp.false()


def _pattern(test: Test, value: str) -> Pattern:
    body = wildcard(value) if test.op == "wildcard" else literal(value)
    text = body.text
    if test.op in ("is", "startswith", "wildcard"):
        text = r"\A" + text
    if test.op in ("is", "endswith", "wildcard"):
        text += r"\z"
    return Pattern(text, body.exact)


def _any(value: exp.Expr, patterns: list[Pattern], flags: str) -> exp.Expr:
    """Chunks keep a long list within RE2's memory."""
    chunks = [patterns[i : i + 100] for i in range(0, len(patterns), 100)]
    return exp.or_(*(_matches(value, any_of(chunk), flags) for chunk in chunks)) if chunks else exp.false()


def _matches(value: exp.Expr, pattern: Pattern, flags: str) -> exp.Expr:
    return exp.Anonymous(this="regexp_matches", expressions=[value.copy(), _text(pattern.text), _text("s" + flags)])


def _there(value: exp.Expr, wanted: bool) -> exp.Expr:
    absent = exp.Is(this=value.copy(), expression=exp.null())
    return exp.not_(absent) if wanted else absent


def _number(value: exp.Expr, op: str, than: str) -> exp.Expr:
    """A text that DuckDB takes for no number may still be one to Python; a float may have lost the difference."""
    number = exp.TryCast(this=value.copy(), to=exp.DataType.build("DOUBLE"))
    limit = exp.TryCast(this=_text(than), to=exp.DataType.build("DOUBLE"))
    compare = exp.LTE if op in ("lt", "lte") else exp.GTE
    return exp.and_(_there(value, True), exp.func("coalesce", compare(this=number, expression=limit), exp.true()))


def _inside(value: exp.Expr, network: str) -> exp.Expr:
    """IPv4 by its whole octets, everything with a colon: the matcher decides."""
    net = ipaddress.ip_network(network, strict=False)
    colon = exp.Contains(this=value.copy(), expression=_text(":"))
    if net.version == 6:
        return colon
    octets = str(net.network_address).split(".")[: net.prefixlen // 8]
    start = "".join(f"{octet}." for octet in octets)[: None if net.prefixlen < 32 else -1]
    return exp.or_(_matches(value, Pattern(r"\A\s*" + literal(start).text, False), ""), colon)


def _equal(value: exp.Expr, other: exp.Expr, odd: exp.Expr) -> exp.Expr:
    """Beyond ASCII the two may fold case differently: let the matcher see."""
    same = exp.EQ(this=exp.Lower(this=value.copy()), expression=exp.Lower(this=other.copy()))
    wide = exp.NEQ(
        this=exp.Anonymous(this="strlen", expressions=[value.copy()]), expression=exp.func("length", value.copy())
    )
    return exp.or_(same, exp.and_(wide, _there(other, True)), odd)


def _keyword(test: Test, mode: Mode, names: Names) -> exp.Expr:
    """Look in the line as it is written; letters written as escapes make it a candidate, too."""
    if mode == "must":
        return exp.false()
    runs = [max(wildcard(value).runs, key=len, default="") for value in test.values]
    if names.raw is None or not all(runs):
        return exp.true()
    patterns = [literal(run) for run in runs] + [Pattern(r"\\u00", True)]
    return _sure(_any(names.raw, patterns, "i"))


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)
