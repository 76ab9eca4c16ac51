"""Aggregations a hunt counts with: metrics here, buckets beside; anything else is not run."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lab.elastic.buckets import BUCKETS, Budget, Within
from lab.elastic.call import Call
from lab.elastic.dates import moment
from lab.elastic.documents import METADATA, TIMES, iso, values
from lab.elastic.errors import Unbuilt
from lab.elastic.select import Hit
from lab.eql.kinds import KINDS

OFF = 0.03  # of the real count, which is up to 6 % off beyond its threshold (docs)


def aggregate(asked: Mapping[str, Any], hits: list[Hit], call: Call) -> dict[str, Any]:
    """Answer named aggregations over hits; raises Failed when there are more buckets than allowed."""
    return _several(asked, hits, Within(call, Budget(call.settings.max_buckets), _several))


def _several(asked: Mapping[str, Any], hits: list[Hit], within: Within) -> dict[str, Any]:
    return {name: _one(detail, hits, within) for name, detail in asked.items()}


def _one(detail: Mapping[str, Any], hits: list[Hit], within: Within) -> dict[str, Any]:
    below = detail.get("aggs", detail.get("aggregations", {}))
    ((kind, body),) = ((name, value) for name, value in detail.items() if name not in {"aggs", "aggregations", "meta"})
    if kind in METRICS:
        return METRICS[kind](body, hits, within)
    if kind in BUCKETS:
        return BUCKETS[kind](body, hits, below, within)
    raise Unbuilt(f"the aggregation [{kind}]")


def _value_count(body: Mapping[str, Any], hits: list[Hit], _: Within) -> dict[str, Any]:
    return {"value": sum(1 for _ in _all(body, hits))}


def _cardinality(body: Mapping[str, Any], hits: list[Hit], within: Within) -> dict[str, Any]:
    """Count distinct values: near the truth up to the threshold, off it beyond, as HyperLogLog++ is (docs)."""
    distinct = len(set(_all(body, hits)))
    precise = min(int(body.get("precision_threshold", within.call.settings.precise_to)), 40_000)
    if distinct <= precise:
        return {"value": distinct}
    return {"value": round(distinct * (1 + (OFF if zlib.crc32(str(distinct).encode()) % 2 else -OFF)))}


def _extreme(pick: Callable[..., Any]) -> Callable[[Mapping[str, Any], list[Hit], Within], dict[str, Any]]:
    def metric(body: Mapping[str, Any], hits: list[Hit], _: Within) -> dict[str, Any]:
        found = pick(_all(body, hits), default=None)
        if found is None:
            return {"value": None}
        dated = body["field"] in TIMES or _kind(body["field"], hits) == "date"
        return {"value": float(found)} | ({"value_as_string": iso(int(found))} if dated else {})

    return metric


def _all(body: Mapping[str, Any], hits: list[Hit]) -> Iterator[Any]:
    if unknown := set(body) - {"field", "precision_threshold", "format", "execution_hint"}:
        raise Unbuilt(f"{unknown} in a metric")
    field = body["field"]
    if field in METADATA:
        yield from (METADATA[field](hit.index, hit.document) for hit in hits)
        return
    dated = field not in TIMES and _kind(field, hits) == "date"
    for hit in hits:
        found = values(hit.document, hit.index, field)
        yield from (moment(one, up=False, now=0) for one in found) if dated else found


def _kind(field: str, hits: list[Hit]) -> str:
    mapped = next((hit.index.mapping[field].type for hit in hits if field in hit.index.mapping), "")
    return KINDS.get(mapped, mapped)


METRICS: Mapping[str, Callable[[Mapping[str, Any], list[Hit], Within], dict[str, Any]]] = {
    "cardinality": _cardinality,
    "max": _extreme(max),
    "min": _extreme(min),
    "value_count": _value_count,
}
