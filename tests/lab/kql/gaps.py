"""What each KQL engine is known not to do, so that a caller can say by name why an engine has no vote.

Every gap is proven by a query in tests/lab_tests/kql/gaps.yml; one that has closed fails there. `kql-...` in a reason
is a probe. A gap says that the engine cannot be trusted with the construct, not that it is wrong on all data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from lab.kql import duck, stream
from lab.kql.regexes import regexes
from lab.kql.tokens import Token, closing, plain_literals, tokens, value

Seen: TypeAlias = Callable[[Sequence[Token]], bool]


@dataclass(frozen=True, slots=True)
class Gap:
    """Name a construct that an engine refuses or answers wrongly, and tell it in a query."""

    engine: str
    construct: str
    reason: str
    seen: Seen


def gaps(query: str) -> dict[str, str]:
    """Return the engines that have no vote on a query, and why.

    Raises ValueError for an escape that no literal of Kusto has, or a bracket that is never closed.
    """
    found = plain_literals(tokens(query))
    told: dict[str, str] = {}
    for gap in GAPS:
        if gap.seen(found):
            told[gap.engine] = "; ".join(filter(None, [told.get(gap.engine), f"{gap.construct}: {gap.reason}"]))
    return told


def _words(*names: str) -> Seen:
    return lambda query: any(token.kind == "word" and token.text in names for token in query)


def _operators(*names: str) -> Seen:
    heads = set(names)
    return lambda query: bool(heads & {*stream.operators(query), query[0].text if query else ""})


def _texts(query: Sequence[Token]) -> list[str]:
    return [value(token.text) for token in query if token.kind == "string"]


def _patterns(query: Sequence[Token]) -> list[str]:
    return [value(query[at].text) for at in regexes(query)]


_FOLDING = re.compile(r"[=!]~|!?in~|!?(has|contains|startswith|endswith|hasprefix|hassuffix)|has_any|has_all")


def _folds_beyond_ascii(query: Sequence[Token]) -> bool:
    folds = any(token.kind != "string" and _FOLDING.fullmatch(token.text) for token in query)
    return folds and any(not char.isascii() and char.lower() != char.upper() for text in _texts(query) for char in text)


def _nests_in_a_list(query: Sequence[Token]) -> bool:
    """Tell `in (dynamic([1, [2]]))`: a bracket inside the brackets of an array that is a list."""
    for at, token in enumerate(query[:-3]):
        if re.fullmatch("!?in~?", token.text) and [t.text for t in query[at + 1 : at + 4]] == ["(", "dynamic", "("]:
            inside = [t.text for t in query[at + 4 : closing(query, at + 3)] if t.kind == "sign"]
            return inside.count("[") > 1
    return False


def _any_column(query: Sequence[Token]) -> bool:
    """Tell `* has "x"`: a star where an operand should be."""
    before = {"where", "and", "or", "(", "filter"}
    return any(a.text in before and b.text == "*" for a, b in pairwise(query))


def _ascii_boundary(query: Sequence[Token]) -> bool:
    return any(re.search(r"\\[bB]|\[[^\]]*\\[DWS]", pattern) for pattern in _patterns(query))


def _many_groups(query: Sequence[Token]) -> bool:
    return any(len(re.findall(r"(?<!\\)\((?!\?[^P<])", pattern)) > 16 for pattern in _patterns(query))


def _starts_elsewhere(query: Sequence[Token]) -> bool:
    return len(query) > 1 and query[1].text != "|"


def _aggregates(query: Sequence[Token]) -> bool:
    return any(operator not in stream.ROW_OPERATORS for operator in stream.operators(query))


def _lists_a_query(query: Sequence[Token]) -> bool:
    for at, (token, after) in enumerate(pairwise(query)):
        if re.fullmatch("!?in~?|has_any|has_all", token.text) and after.text == "(":
            return "|" in [inside.text for inside in query[at + 1 : closing(query, at + 1)]]
    return False


def _divides(query: Sequence[Token]) -> bool:
    return any(token.kind == "sign" and token.text == "/" for token in query)


def _ends_in_a_delimiter(query: Sequence[Token]) -> bool:
    terms = [at + 1 for at, token in enumerate(query[:-1]) if re.fullmatch("!?has(_cs|_any|_all)?", token.text)]
    sought = [text for at in terms for text in _texts(query[at : closing(query, at) + 1])]
    return any(text and not (text[0].isalnum() and text[-1].isalnum()) for text in sought)


def _typed_null(query: Sequence[Token]) -> bool:
    return any(a.text == "(" and b.text == "null" for a, b in pairwise(query))


_ASCII = "folds more than ASCII letters; Kusto does not (includes/in-operator-comparison.md)"
_DUCK = duck.ENGINE
_STREAM = stream.ENGINE
_TERM_ENDS = tuple(f"{no}has{end}{cs}" for no in ("", "!") for end in ("prefix", "suffix") for cs in ("", "_cs"))
_HAS_ANY_IPV4 = ("has_any_ipv4", "has_any_ipv4_prefix")
GAPS = (
    Gap(_DUCK, "case of non-ASCII text", _ASCII, _folds_beyond_ascii),
    Gap(_DUCK, "nested array in a list", "does not flatten it (kql-042)", _nests_in_a_list),
    Gap(_DUCK, "any column (*)", "refuses it", _any_column),
    Gap(_DUCK, "regex classes by ASCII", r"\b, and \D \W \S in brackets, know ASCII only (regex.md)", _ascii_boundary),
    Gap(_DUCK, "17 regex groups", "does not refuse them (matches-regex-operator.md)", _many_groups),
    Gap(_DUCK, "has_any_ipv4", "refuses it and has_any_ipv4_prefix", _words(*_HAS_ANY_IPV4)),
    Gap(_DUCK, "column_ifexists", "refuses it", _words("column_ifexists")),
    Gap(_DUCK, "ingestion_time", "refuses it: the lab's tables have none", _words("ingestion_time")),
    Gap(_DUCK, "project-keep", "refuses it and project-reorder", _operators("project-keep", "project-reorder")),
    Gap(_DUCK, "plug-ins", "refuses evaluate", _operators("evaluate")),
    Gap(_DUCK, "search over tables", "refuses search and find", _operators("search", "find")),
    Gap(_STREAM, "case of non-ASCII text", _ASCII, _folds_beyond_ascii),
    Gap(_STREAM, "any column (*)", "refuses it", _any_column),
    Gap(_STREAM, "17 regex groups", "does not refuse them (matches-regex-operator.md)", _many_groups),
    Gap(_STREAM, "no table first", "starts from one table: no let, union, function or print", _starts_elsewhere),
    Gap(_STREAM, "operators over many rows", "only filters and shapes single rows", _aggregates),
    Gap(_STREAM, "mv-expand", "drops the row of a null (kql-095)", _operators("mv-expand")),
    Gap(_STREAM, "hasprefix, hassuffix", "refuses them (kql-018)", _words(*_TERM_ENDS)),
    Gap(_STREAM, "dynamic literals", "refuses them as lists (kql-042)", _words("dynamic")),
    Gap(_STREAM, "list from a query", "refuses it (kql-043)", _lists_a_query),
    Gap(_STREAM, "set_has_element", "refuses it (kql-092)", _words("set_has_element")),
    Gap(_STREAM, "array_length", "takes a text for an array (kql-096)", _words("array_length")),
    Gap(_STREAM, "IPv6 ranges", "refuses them (kql-069)", _words("ipv6_is_in_range", "ipv6_is_in_any_range")),
    Gap(_STREAM, "IPv6 equality", "refuses it", _words("ipv6_is_match")),
    Gap(
        _STREAM,
        "several IPv4 ranges",
        "refuses them and ipv4_is_match",
        _words("ipv4_is_in_any_range", "ipv4_is_match"),
    ),
    Gap(_STREAM, "ipv4_is_private", "calls loopback private (ipv4-is-private-function.md)", _words("ipv4_is_private")),
    Gap(_STREAM, "addresses in text", "refuses them (kql-071)", _words("has_ipv4", "has_ipv4_prefix", *_HAS_ANY_IPV4)),
    Gap(_STREAM, "division", "gives fractions where Kusto truncates (numerical-operators.md)", _divides),
    Gap(
        _STREAM,
        "has with a delimiter at its end",
        "wants no letter or digit beside it; Kusto's emulator, as duckdb-kql's author measured it, does not mind",
        _ends_in_a_delimiter,
    ),
    Gap(_STREAM, "JSON", "reads no key of a dynamic cell's JSON (parse-json-function.md)", _words("parse_json")),
    Gap(_STREAM, "typed nulls", "refuses int(null), reads datetime(null) as text", _typed_null),
)
