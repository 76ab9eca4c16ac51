"""Conditions of search compiled to tests of rows, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lab.spl.patterns import network, wildcard
from lab.spl.times import instant
from lab.spl.tree import All, Bound, Condition, Differs, Not, OneOf, Ordered, Pattern, Row, Some, Sub, Term
from lab.spl.values import number

Test: TypeAlias = Callable[[Row], bool]

_MINOR = r"/:=@.\-$#%\\_"  # help.splunk.com: segmenters.conf, [indexing]
_MAJOR = r"\[\]<>(){}|!;,'\"*\n\r\s&?+"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What conditions need beside the row: now, the zone, what a sub-search says, whether networks match addresses only."""

    now: float
    timezone: str
    narrow: Callable[[Sub], Condition]
    addresses_only: bool = True


def compiled(node: Condition, around: Surroundings) -> Test:
    """Return the test; sub-searches run while it is made."""
    makers: dict[type, Callable[..., Test]] = {
        OneOf: _one_of, Differs: _differs, Ordered: _ordered, Term: _term, Bound: _bound,
        Sub: _sub, Not: _not, All: _all, Some: _any,
    }  # fmt: skip
    return makers[type(node)](node, around)


def remembered(node: Condition, around: Surroundings) -> Test:
    """Return a test that asks once for all rows that are alike, where their plain fields are all it reads.

    Rows may bear `alike`, equal for rows with the same fields but for linecount and those that begin with an underscore:
    floods of planted events do.
    """
    holds, known = compiled(node, around), dict[object, bool]()
    if not _plain(node):
        return holds

    def ask(row: Row) -> bool:
        key = getattr(row, "alike", None)
        if key is None:
            return holds(row)
        if key not in known:
            known[key] = holds(row)
        return known[key]

    return ask


def _plain(node: Condition) -> bool:
    if isinstance(node, OneOf | Differs | Ordered):
        return not node.field.startswith("_") and node.field != "linecount"
    if isinstance(node, All | Some):
        return all(map(_plain, node.parts))
    return _plain(node.part) if isinstance(node, Not) else isinstance(node, Term) and not node.text.strip("*")


def _all(node: All, around: Surroundings) -> Test:
    tests = tuple(compiled(part, around) for part in node.parts)

    def holds(row: Row) -> bool:
        for one in tests:  # noqa: SIM110  # a plain loop is much the quicker
            if not one(row):
                return False
        return True

    return holds


def _any(node: Some, around: Surroundings) -> Test:
    tests = tuple(compiled(part, around) for part in node.parts)

    def holds(row: Row) -> bool:
        for one in tests:  # noqa: SIM110
            if one(row):
                return True
        return False

    return holds


def _not(node: Not, around: Surroundings) -> Test:
    """NOT keeps rows without the field (help.splunk.com: Difference between NOT and !=)."""
    part = compiled(node.part, around)
    return lambda row: not part(row)


def _sub(node: Sub, around: Surroundings) -> Test:
    return compiled(around.narrow(node), around)


def _one_of(node: OneOf, around: Surroundings) -> Test:
    """Hold if any value of the field is like any pattern (for several values: not documented, inferred)."""
    name, value = node.field, _value(node.patterns, around)

    def holds(row: Row) -> bool:
        found = row.get(name)
        if found is None:
            return False
        return value(found) if isinstance(found, str) else any(map(value, found))

    return holds


def _differs(node: Differs, around: Surroundings) -> Test:
    """!= needs the field; of several values one that differs is enough (not documented, inferred)."""
    name, value = node.field, _value((node.pattern,), around)

    def holds(row: Row) -> bool:
        found = row.get(name)
        if found is None:
            return False
        return not value(found) if isinstance(found, str) else not all(map(value, found))

    return holds


def _value(patterns: tuple[Pattern, ...], around: Surroundings) -> Callable[[str], bool]:
    plain = frozenset(one.text.lower() for one in patterns if _is_plain(one))
    tests = [_pattern(one, around) for one in patterns if not _is_plain(one)]
    if plain:
        tests.insert(0, lambda value: value.lower() in plain)
    return tests[0] if len(tests) == 1 else lambda value: any(one(value) for one in tests)


def _is_plain(pattern: Pattern) -> bool:
    return not pattern.cased and "*" not in pattern.text and network(pattern.text) is None


def _pattern(pattern: Pattern, around: Surroundings) -> Callable[[str], bool]:
    """Take a network as such; tstats compares prefixes as text and lets other text pass (help.splunk.com: tstats).

    Which other text passes there is documented for /0 only; we take: text that is no address passes for /0.
    """
    holds = network(pattern.text)
    if holds is None:
        return wildcard(pattern.text, cased=pattern.cased)
    if not around.addresses_only and pattern.text.endswith("/0"):
        return lambda value: True  # noqa: ARG005
    return holds


def _ordered(node: Ordered, around: Surroundings) -> Test:  # noqa: ARG001
    """Compare numbers where both are, else by character code (help.splunk.com: search, comparison expressions)."""
    name, text, edge = node.field, node.value, number(node.value)
    signs: dict[str, Callable[[int], bool]] = {
        "<": lambda way: way < 0, "<=": lambda way: way <= 0, ">": lambda way: way > 0, ">=": lambda way: way >= 0,
    }  # fmt: skip
    fits = signs[node.operator]

    def holds_for(value: str) -> bool:
        mine = number(value) if edge is not None else None
        if edge is not None and mine is not None:
            return fits((mine > edge) - (mine < edge))
        return fits((value > text) - (value < text))

    def holds(row: Row) -> bool:
        found = row.get(name)
        return found is not None and any(map(holds_for, [found] if isinstance(found, str) else found))

    return holds


def _term(node: Term, around: Surroundings) -> Test:  # noqa: ARG001
    """Look for a whole term of _raw: between major breakers under TERM(), else between any.

    help.splunk.com: Use CASE() and TERM() to match phrases. `*` alone holds for every row, with _raw or without.
    """
    if not node.text.strip("*"):
        return lambda row: True  # noqa: ARG005
    found = re.compile(_bounded(node), re.DOTALL if node.cased else re.DOTALL | re.IGNORECASE).search

    def holds(row: Row) -> bool:
        raw = row.get("_raw")
        return raw is not None and any(found(text) is not None for text in ([raw] if isinstance(raw, str) else raw))

    return holds


def _bounded(node: Term) -> str:
    breakers = _MAJOR if node.whole else _MAJOR + _MINOR
    edge = re.compile(f"[{breakers}]")
    first, last = node.text[0], node.text[-1]
    before = "" if first == "*" or (edge.match(first) and not node.whole) else f"(?:(?<=[{breakers}])|(?<![\\s\\S]))"
    after = "" if last == "*" or (edge.match(last) and not node.whole) else f"(?=[{breakers}]|\\Z)"
    return before + ".*".join(map(re.escape, node.text.strip("*").split("*"))) + after


def _bound(node: Bound, around: Surroundings) -> Test:
    """Earliest is inside, latest outside (help.splunk.com: Time modifiers); starttime and endtime are both inside."""
    edge = instant(node.when, now=around.now, timezone=around.timezone, at=node.at)
    name = "_indextime" if node.modifier.startswith("_index") else "_time"
    kinds: dict[str, Callable[[float], bool]] = {
        "earliest": lambda time: time >= edge, "latest": lambda time: time < edge,
        "starttime": lambda time: time >= edge, "endtime": lambda time: time <= edge,
    }  # fmt: skip
    inside = kinds[node.modifier.removeprefix("_index_")]

    def holds(row: Row) -> bool:
        time = number(row.get(name))
        return time is not None and inside(time)

    return holds
