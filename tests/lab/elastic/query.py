"""Query DSL: the part a hunt needs, compiled to bounds of time and a test of one document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.elastic.dates import moment
from lab.elastic.documents import TIME, TIMES, several, values
from lab.elastic.errors import Failed, Unbuilt
from lab.elastic.leaves import LEAVES, Holds, ordered

EARLIEST, LATEST = -(2**62), 2**62


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
    if name in LEAVES:
        return Query(holds=LEAVES[name](body, now))
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
    return Query(holds=ordered(field, bounds, low, high))


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


def _constant(body: Mapping[str, Any], now: int) -> Query:
    return compile_query(body["filter"], now)


def _none(*_: Any) -> Query:
    return Query(0, 0)


def _parsing(reason: str) -> Failed:
    return Failed(400, "parsing_exception", reason, line=1, col=1)


CLAUSES = ("must", "filter", "must_not", "should")
QUERIES: Mapping[str, Callable[[Any, int], Query]] = {
    "bool": _bool,
    "constant_score": _constant,
    "match_all": lambda *_: Query(),
    "match_none": _none,
    "range": _range,
}
