"""Query DSL: the part a hunt needs, compiled to bounds of time and a test of one document."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from lab.elastic.dates import moment
from lab.elastic.documents import METADATA, TIME, TIMES, Document, Index, several, values
from lab.elastic.errors import Failed, Unbuilt
from lab.eql.kinds import KINDS
from lab.eql.text import lower

Holds = Callable[[Document, Index], bool]
EARLIEST, LATEST = -(2**62), 2**62
# The node roles an index's data may lie on, as the field _tier tells them (docs).
TIERS = {"hot": "data_hot", "warm": "data_warm", "cold": "data_cold", "frozen": "data_frozen"}


@dataclass(frozen=True, slots=True)
class Query:
    """low <= @timestamp < high in milliseconds, and a test beside, None for none."""

    low: int = EARLIEST
    high: int = LATEST
    holds: Holds | None = None


def compile_query(asked: Any, now: int) -> Query:
    """Compile a query, None for everything; raises Failed as Elasticsearch does, Unbuilt for what the lab does not run."""
    if asked is None:
        return Query()
    if not isinstance(asked, Mapping) or len(asked) != 1:
        raise _parsing("[bool] malformed query, expected one query name")
    ((name, body),) = asked.items()
    if name not in QUERIES:
        raise Unbuilt(f"the query [{name}]")
    return QUERIES[name](body, now)


def every(queries: list[Query]) -> Query:
    """Join queries that must all hold."""
    tests = [one.holds for one in queries if one.holds]
    low = max([one.low for one in queries], default=EARLIEST)
    high = min([one.high for one in queries], default=LATEST)
    if len(tests) < 2:
        return Query(low, high, tests[0] if tests else None)
    return Query(low, high, lambda document, index: all(test(document, index) for test in tests))


def whole(query: Query) -> Holds:
    """Return the test of a query with its bounds."""
    low, high, holds = query.low, query.high, query.holds
    if holds is None:
        return lambda document, _: low <= document.at < high
    return lambda document, index: low <= document.at < high and holds(document, index)


def _bool(body: Mapping[str, Any], now: int) -> Query:
    parts = {name: [compile_query(one, now) for one in several(body.get(name, []))] for name in CLAUSES}
    if unknown := set(body) - set(CLAUSES) - {"minimum_should_match", "boost", "_name"}:
        raise _parsing(f"[bool] query does not support [{min(unknown)}]")
    joined = [*parts["must"], *parts["filter"]]
    if parts["must_not"]:
        out = [whole(one) for one in parts["must_not"]]
        joined.append(Query(holds=lambda document, index: not any(test(document, index) for test in out)))
    least = int(body.get("minimum_should_match", 0 if parts["must"] or parts["filter"] else 1))
    if parts["should"] and least:
        wanted = [whole(one) for one in parts["should"]]
        joined.append(Query(holds=lambda document, index: sum(test(document, index) for test in wanted) >= least))
    return every(joined)


def _range(body: Mapping[str, Any], now: int) -> Query:
    ((field, asked),) = body.items()
    if asked.get("time_zone", "UTC") not in {"UTC", "Z", "+00:00"}:
        raise Unbuilt("a range in another zone than UTC")
    if unknown := set(asked) - {"gt", "gte", "lt", "lte", "format", "time_zone", "boost", "relation", "_name"}:
        raise _parsing(f"[range] query does not support [{min(unknown)}]")
    bounds = {sign: value for sign, value in asked.items() if sign in {"gt", "gte", "lt", "lte"} and value is not None}
    dated = {sign: _bound(sign, value, asked.get("format"), now) for sign, value in bounds.items()} if bounds else {}
    low, high = _low(dated), _high(dated)
    if field == TIME:
        return Query(low, high)
    if field in TIMES:
        return Query(holds=lambda document, index: any(low <= at < high for at in values(document, index, field)))
    return Query(holds=_ordered(field, bounds, low, high))


def _bound(sign: str, value: Any, format: str | None, now: int) -> int:  # noqa: A002 (Elasticsearch's word)
    """Read a bound as a date; another value is read as nothing, for a field of another kind."""
    try:
        return moment(value, up=sign in {"gt", "lte"}, now=now, format=format)
    except Failed:
        if isinstance(value, str) and re.match(r"\d{4}-|now", value):
            raise
        return 0


def _low(dated: Mapping[str, int]) -> int:
    return max([dated[sign] + (sign == "gt") for sign in ("gt", "gte") if sign in dated], default=EARLIEST)


def _high(dated: Mapping[str, int]) -> int:
    return min([dated[sign] + (sign == "lte") for sign in ("lt", "lte") if sign in dated], default=LATEST)


def _ordered(field: str, bounds: Mapping[str, Any], low: int, high: int) -> Holds:
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


def _terms(body: Mapping[str, Any], now: int) -> Query:
    ((field, listed),) = ((name, value) for name, value in body.items() if name not in {"boost", "_name"})
    if not isinstance(listed, list):
        raise Unbuilt("a terms look-up")
    return Query(holds=_any_of(field, listed, folded=False, now=now))


def _term(body: Mapping[str, Any], now: int) -> Query:
    ((field, asked),) = body.items()
    detailed = isinstance(asked, Mapping)
    folded = bool(detailed and asked.get("case_insensitive"))
    return Query(holds=_any_of(field, [asked["value"] if detailed else asked], folded=folded, now=now))


def _any_of(field: str, listed: list[Any], *, folded: bool, now: int) -> Holds:
    texts = {lower(_text(one)) if folded else _text(one) for one in listed}
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


def _exists(body: Mapping[str, Any], _: int) -> Query:
    """Ask for a searchable value, of the field or of one below it: what ignore_above left out is not there (2.3, mem)."""
    field = str(body["field"])
    below = f"{field}."

    def holds(document: Document, index: Index) -> bool:
        if field in document.searchable or (field in TIMES and field in index.mapping):
            return True
        return any(name.startswith(below) for name in document.searchable)

    return Query(holds=holds)


def _ids(body: Mapping[str, Any], _: int) -> Query:
    wanted = frozenset(map(str, several(body["values"])))
    return Query(holds=lambda document, _: document.id in wanted)


def _wildcard(body: Mapping[str, Any], _: int) -> Query:
    ((field, asked),) = body.items()
    detailed = asked if isinstance(asked, Mapping) else {"value": asked}
    pattern = translate(re.sub(r"\[", "[[]", str(detailed.get("value", detailed.get("wildcard")))))
    return Query(holds=_fits(field, re.compile(pattern, re.IGNORECASE if detailed.get("case_insensitive") else 0)))


def _prefix(body: Mapping[str, Any], _: int) -> Query:
    ((field, asked),) = body.items()
    detailed = asked if isinstance(asked, Mapping) else {"value": asked}
    pattern = re.escape(str(detailed["value"])) + ".*"
    return Query(
        holds=_fits(field, re.compile(pattern, re.DOTALL | re.IGNORECASE * bool(detailed.get("case_insensitive"))))
    )


def _fits(field: str, pattern: re.Pattern[str]) -> Holds:
    def holds(document: Document, index: Index) -> bool:
        found = (METADATA[field](index, document),) if field in METADATA else values(document, index, field)
        return any(pattern.fullmatch(str(one)) for one in found)

    return holds


def _constant(body: Mapping[str, Any], now: int) -> Query:
    return compile_query(body["filter"], now)


def _none(*_: Any) -> Query:
    return Query(0, 0)


def _kind(index: Index, field: str) -> str:
    return KINDS.get(index.mapping[field].type, index.mapping[field].type)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parsing(reason: str) -> Failed:
    return Failed(400, "parsing_exception", reason, line=1, col=1)


CLAUSES = ("must", "filter", "must_not", "should")
SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda one, bound: one > bound,
    "gte": lambda one, bound: one >= bound,
    "lt": lambda one, bound: one < bound,
    "lte": lambda one, bound: one <= bound,
}
QUERIES: Mapping[str, Callable[[Any, int], Query]] = {
    "bool": _bool,
    "constant_score": _constant,
    "exists": _exists,
    "ids": _ids,
    "match_all": lambda *_: Query(),
    "match_none": _none,
    "prefix": _prefix,
    "range": _range,
    "term": _term,
    "terms": _terms,
    "wildcard": _wildcard,
}
