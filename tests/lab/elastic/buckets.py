"""Aggregations that make buckets: by time, by value, by filter, and page by page."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.elastic.call import Call
from lab.elastic.dates import CALENDAR, FIXED, after, floor_to, moment, span
from lab.elastic.documents import METADATA, TIMES, iso, values
from lab.elastic.errors import Failed, Unbuilt
from lab.elastic.leaves import Holds
from lab.elastic.query import compile_query, whole
from lab.elastic.select import Hit

DAY = FIXED["d"]
Below = Mapping[str, Any]


@dataclass(slots=True)
class Budget:
    """How many buckets one answer may still make (search.max_buckets)."""

    left: int

    def spend(self, buckets: int, most: int) -> None:
        self.left -= buckets
        if self.left < 0:
            reason = f"Trying to create too many buckets. Must be less than or equal to: [{most}]"
            raise Failed(400, "search_phase_execution_exception", "", phase="fetch", grouped=True, inner={
                "type": "too_many_buckets_exception", "reason": reason, "max_buckets": most,
            })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Within:
    """What buckets need of their search: the call, the budget, and how to aggregate inside a bucket."""

    call: Call
    budget: Budget
    nested: Callable[[Below, list[Hit], Within], dict[str, Any]]
    tests: dict[int, Holds] = field(
        default_factory=dict
    )  # by the identity of a filter, which lives as long as its request

    def holds(self, body: Any) -> Holds:
        """Return the test of a filter, compiled once for all buckets it stands in."""
        if id(body) not in self.tests:
            self.tests[id(body)] = whole(compile_query(body, self.call.now))
        return self.tests[id(body)]

    def bucket(self, head: Mapping[str, Any], hits: list[Hit], below: Below) -> dict[str, Any]:
        self.budget.spend(1, self.call.settings.max_buckets)
        return {**head, "doc_count": len(hits), **self.nested(below, hits, self)}


def _filter(body: Any, hits: list[Hit], below: Below, within: Within) -> dict[str, Any]:
    holds = within.holds(body)
    return within.bucket({}, [hit for hit in hits if holds(hit.document, hit.index)], below)


def _filters(body: Mapping[str, Any], hits: list[Hit], below: Below, within: Within) -> dict[str, Any]:
    asked = body["filters"]
    if set(body) != {"filters"}:
        raise Unbuilt("other buckets of filters")
    if isinstance(asked, list):
        return {"buckets": [_filter(one, hits, below, within) for one in asked]}
    return {"buckets": {name: _filter(one, hits, below, within) for name, one in asked.items()}}


def _missing(body: Mapping[str, Any], hits: list[Hit], below: Below, within: Within) -> dict[str, Any]:
    return within.bucket({}, [hit for hit in hits if not list(_found(hit, body["field"]))], below)


def _date_histogram(body: Mapping[str, Any], hits: list[Hit], below: Below, within: Within) -> dict[str, Any]:
    """Count by time; without min_doc_count gaps between the first and last bucket are shown as zero (docs)."""
    start, following = _steps(body)
    by_key: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        for at in set(map(start, _moments(hit, body["field"]))):
            by_key[at].append(hit)
    least = int(body.get("min_doc_count", 0))
    keys = sorted(by_key)
    if least == 0:
        keys = list(_filled(keys, body.get("extended_bounds", {}), start, following, within.call.now))
    if unknown := set(body) - HISTOGRAM:
        raise Unbuilt(f"{unknown} in a date_histogram")
    chosen = ((key, by_key.get(key, [])) for key in keys)
    style = body.get("format")
    return {"buckets": [
        within.bucket({"key_as_string": _styled(key, style), "key": key}, inside, below)
        for key, inside in chosen if len(inside) >= least
    ]}  # fmt: skip


def _terms(body: Mapping[str, Any], hits: list[Hit], below: Below, within: Within) -> dict[str, Any]:
    """Count by value: ten of them by default, the rest only as a number (docs)."""
    if unknown := set(body) - {"field", "size", "order", "min_doc_count", "shard_size", "missing"}:
        raise Unbuilt(f"{unknown} in terms")
    by_value: dict[Any, list[Hit]] = defaultdict(list)
    for hit in hits:
        found = set(_found(hit, body["field"])) or ({body["missing"]} if "missing" in body else set())
        for value in found:
            by_value[value].append(hit)
    order = body.get("order", {"_count": "desc"})
    ranked = (
        sorted(by_value, key=str)
        if "_key" in order
        else sorted(by_value, key=lambda one: (-len(by_value[one]), str(one)))
    )
    if order in ({"_key": "desc"}, {"_count": "asc"}):
        ranked.reverse()
    kept = ranked[: int(body.get("size", 10))]
    rest = sum(len(by_value[value]) for value in ranked[len(kept) :])
    buckets = [within.bucket(_key_of(value, body["field"]), by_value[value], below) for value in kept]
    return {"doc_count_error_upper_bound": 0, "sum_other_doc_count": rest, "buckets": buckets}


def _composite(body: Mapping[str, Any], hits: list[Hit], below: Below, within: Within) -> dict[str, Any]:
    """Page through combinations of values; a document without one of them is left out unless missing_bucket (docs)."""
    sources = [(name, _source(detail)) for one in body["sources"] for name, detail in one.items()]
    grouped: dict[tuple[Any, ...], list[Hit]] = defaultdict(list)
    for hit in hits:
        for combined in set(itertools.product(*(pick(hit) for _, pick in sources))):
            grouped[combined].append(hit)
    passed = tuple(body["after"][name] for name, _ in sources) if "after" in body else None
    keys = sorted((key for key in grouped if passed is None or _placed(key) > _placed(passed)), key=_placed)
    kept = keys[: int(body.get("size", 10))]
    named = [dict(zip((name for name, _ in sources), key, strict=True)) for key in kept]
    buckets = [within.bucket({"key": name}, grouped[key], below) for name, key in zip(named, kept, strict=True)]
    return {**({"after_key": named[-1]} if named else {}), "buckets": buckets}


def _source(detail: Mapping[str, Any]) -> Callable[[Hit], list[Any]]:
    ((kind, body),) = detail.items()
    if unknown := set(body) - {"field", "missing_bucket", "order", *HISTOGRAM} or body.get("order", "asc") != "asc":
        raise Unbuilt(f"{unknown} in a composite source")
    field, gap = body["field"], [None] if body.get("missing_bucket") else []
    if kind == "terms":
        return lambda hit: list(_found(hit, field)) or gap
    if kind == "date_histogram":
        start, _ = _steps(body)
        return lambda hit: [start(at) for at in _moments(hit, field)] or gap
    raise Unbuilt(f"the composite source [{kind}]")


def _steps(body: Mapping[str, Any]) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return what gives a bucket's start and what gives the next one's."""
    if "fixed_interval" in body:
        width = span(str(body["fixed_interval"]))
        return (lambda at: at - at % width), (lambda at: at + width)
    unit = CALENDAR.get(str(body.get("calendar_interval")))
    if unit is None:
        raise Failed(400, "illegal_argument_exception", "Invalid interval specified, must be non-null and non-empty")
    if unit in FIXED:
        return (lambda at: at - at % FIXED[unit]), (lambda at: at + FIXED[unit])
    start, known = floor_to(unit), dict[int, int]()

    def by_day(at: int) -> int:
        day = at // DAY
        if day not in known:
            known[day] = start(day * DAY)
        return known[day]

    return by_day, after(unit)


def _filled(
    keys: list[int], bounds: Mapping[str, Any], start: Callable[[int], int], following: Callable[[int], int], now: int
) -> Iterator[int]:
    """Yield every bucket from the first to the last, or to the bounds where they reach further."""
    edges = [start(moment(bounds[name], up=False, now=now)) for name in ("min", "max") if bounds.get(name) is not None]
    if not keys and len(edges) < 2:
        return
    at, last = min([*keys, *edges]), max([*keys, *edges])
    while at <= last:
        yield at
        at = following(at)


def _found(hit: Hit, field: str) -> Iterable[Any]:
    if field in METADATA:
        return (METADATA[field](hit.index, hit.document),)
    return values(hit.document, hit.index, field)


def _moments(hit: Hit, field: str) -> Iterator[int]:
    for value in values(hit.document, hit.index, field):
        yield value if field in TIMES else moment(value, up=False, now=0)


def _key_of(value: Any, field: str) -> dict[str, Any]:
    if field in TIMES:
        return {"key": value, "key_as_string": iso(value)}
    if isinstance(value, bool):
        return {"key": int(value), "key_as_string": str(value).lower()}
    return {"key": value}


def _placed(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((value is not None, value if value is not None else 0) for value in key)


def _styled(at: int, style: str | None) -> str:
    text = iso(at)
    match style:
        case None | "strict_date_optional_time" | "date_optional_time":
            return text
        case "yyyy-MM-dd":
            return text[:10]
        case "yyyy-MM":
            return text[:7]
        case "epoch_millis":
            return str(at)
    raise Unbuilt(f"the date format {style}")


HISTOGRAM = {"field", "fixed_interval", "calendar_interval", "min_doc_count", "extended_bounds", "format"}
BUCKETS: Mapping[str, Callable[[Any, list[Hit], Below, Within], dict[str, Any]]] = {
    "composite": _composite,
    "date_histogram": _date_histogram,
    "filter": _filter,
    "filters": _filters,
    "missing": _missing,
    "terms": _terms,
}
