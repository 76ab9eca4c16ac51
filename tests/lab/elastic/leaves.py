"""Queries about one field of one document: terms, presence, ids, wildcards, order."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import Any

from lab.elastic.dates import moment
from lab.elastic.documents import METADATA, TIMES, Document, Index, ignored, several, values
from lab.elastic.errors import Unbuilt
from lab.eql.kinds import KINDS
from lab.eql.text import lower

Holds = Callable[[Document, Index], bool]
IGNORED = "_ignored"  # searchable by term, terms and exists (docs)
# The node roles an index's data may lie on, as the field _tier tells them (docs).
TIERS = {"hot": "data_hot", "warm": "data_warm", "cold": "data_cold", "frozen": "data_frozen"}


def _terms(body: Mapping[str, Any], now: int) -> Holds:
    ((field, listed),) = ((name, value) for name, value in body.items() if name not in {"boost", "_name"})
    if not isinstance(listed, list):
        raise Unbuilt("a terms look-up")
    return _any_of(field, listed, folded=False, now=now)


def _term(body: Mapping[str, Any], now: int) -> Holds:
    ((field, asked),) = body.items()
    detailed = isinstance(asked, Mapping)
    folded = bool(detailed and asked.get("case_insensitive"))
    return _any_of(field, [asked["value"] if detailed else asked], folded=folded, now=now)


def _exists(body: Mapping[str, Any], _: int) -> Holds:
    """Ask for a searchable value, of the field or of one below it: what ignore_above left out is not there (2.3, mem)."""
    field = str(body["field"])
    if field == IGNORED:
        return _left_out(bool)
    below = f"{field}."

    def holds(document: Document, index: Index) -> bool:
        if field in document.searchable or (field in TIMES and field in index.mapping):
            return True
        return any(name.startswith(below) for name in document.searchable)

    return holds


def _ids(body: Mapping[str, Any], _: int) -> Holds:
    wanted = frozenset(map(str, several(body["values"])))
    return lambda document, _: document.id in wanted


def _wildcard(body: Mapping[str, Any], _: int) -> Holds:
    ((field, asked),) = body.items()
    detailed = asked if isinstance(asked, Mapping) else {"value": asked}
    pattern = translate(re.sub(r"\[", "[[]", str(detailed.get("value", detailed.get("wildcard")))))
    return _fits(field, re.compile(pattern, re.IGNORECASE if detailed.get("case_insensitive") else 0))


def _prefix(body: Mapping[str, Any], _: int) -> Holds:
    ((field, asked),) = body.items()
    detailed = asked if isinstance(asked, Mapping) else {"value": asked}
    flags = re.DOTALL | (re.IGNORECASE if detailed.get("case_insensitive") else 0)
    return _fits(field, re.compile(re.escape(str(detailed["value"])) + ".*", flags))


def ordered(field: str, bounds: Mapping[str, Any], low: int, high: int) -> Holds:
    """Compare with a field that is no time of ours: numbers as numbers, dates as dates."""

    def holds(document: Document, index: Index) -> bool:
        kind = _kind(index, field)
        found = list(values(document, index, field))
        if kind == "number":
            return any(all(SIGNS[sign](float(one), float(value)) for sign, value in bounds.items()) for one in found)
        if kind == "date":
            return any(low <= moment(one, up=False, now=0) < high for one in found)
        if found:
            raise Unbuilt(f"a range over a {kind}")
        return False

    return holds


def _any_of(field: str, listed: list[Any], *, folded: bool, now: int) -> Holds:
    texts = {lower(_text(one)) if folded else _text(one) for one in listed}
    if field == IGNORED:
        return _left_out(lambda names: not texts.isdisjoint(names))
    if field in METADATA:
        return lambda document, index: METADATA[field](index, document) in texts
    if field == "_tier":
        return lambda _, index: TIERS[index.tier] in texts

    def holds(document: Document, index: Index) -> bool:
        found = list(values(document, index, field))
        match _kind(index, field) if found else "":
            case "string" | "boolean":
                return any((lower(_text(one)) if folded else _text(one)) in texts for one in found)
            case "number":
                return any(float(one) in {float(each) for each in texts} for one in found)
            case "ip":
                blocks = [ipaddress.ip_network(one, strict=False) for one in texts]
                return any(ipaddress.ip_address(one) in block for one in found for block in blocks)
            case "date":
                return any(
                    moment(one, up=False, now=now) == moment(each, up=False, now=now) for one in found for each in texts
                )
        return False

    return holds


def _left_out(says: Callable[[frozenset[str]], bool]) -> Holds:
    """Ask for the fields with values that are not indexed; documents that share theirs are asked once in a row."""
    last: list[Any] = [None, None, False]

    def holds(document: Document, index: Index) -> bool:
        if last[0] is not document.searchable or last[1] is not index.mapping:
            last[:] = document.searchable, index.mapping, says(ignored(document, index))
        return bool(last[2])

    return holds


def _fits(field: str, pattern: re.Pattern[str]) -> Holds:
    def holds(document: Document, index: Index) -> bool:
        found = (METADATA[field](index, document),) if field in METADATA else values(document, index, field)
        return any(pattern.fullmatch(str(one)) for one in found)

    return holds


def _kind(index: Index, field: str) -> str:
    return KINDS.get(index.mapping[field].type, index.mapping[field].type)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda one, bound: one > bound,
    "gte": lambda one, bound: one >= bound,
    "lt": lambda one, bound: one < bound,
    "lte": lambda one, bound: one <= bound,
}
LEAVES: Mapping[str, Callable[[Any, int], Holds]] = {
    "exists": _exists,
    "ids": _ids,
    "prefix": _prefix,
    "term": _term,
    "terms": _terms,
    "wildcard": _wildcard,
}
