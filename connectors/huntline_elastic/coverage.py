"""What a target holds, by UTC day: events of each population, what proves it alive, filled fields, and host names by month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from huntline.errors import Transient, Unreadable
from huntline.model.facts import Day, Fact, Fill, Seen
from huntline.model.pack import LogSource
from huntline.model.window import Window
from huntline.translate.translator import Bound
from huntline_elastic.client import Client
from huntline_elastic.dsl import Dsl, filled, query, within
from huntline_elastic.faults import ShardsFailed
from huntline_elastic.rows import EPOCH
from huntline_elastic.terrain import STRICT, skipped, target_path

T = TypeVar("T")
MOST_BUCKETS = 50_000  # of one answer; search.max_buckets is 65,536 by default
MOST_HOSTS = 5_000  # of one answer
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Population:
    logsource: LogSource
    fields: tuple[str, ...]


def counted(client: Client, target: str, bound: Bound, window: Window, reads: Sequence[str]) -> Iterator[Fact]:
    """Yield days and fills of a window, in few requests. Raises what the client raises, and Unreadable for half an answer."""
    populations = _populations(bound, reads)

    def of_days(told: Dsl) -> list[Fact]:
        return [fact for bucket in told["days"]["buckets"] for fact in _facts(bound, populations, bucket)]

    for piece in _pieces(window, sum(3 + len(one.fields) for one in populations) + 1):
        aggregations = {"days": {**_by_day(bound.source.time), "aggs": _filters(bound, populations)}}
        yield from searched(client, target, within(bound.source.time, piece), aggregations, of_days)


def hosts(client: Client, target: str, bound: Bound, window: Window) -> Iterator[Seen]:
    """Yield the host names of each month, all of them, by pages."""
    names = [name for name in bound.store.scope.entities.get("host", ()) if bound.type_of(name) != "text"]
    if not names:
        return
    month = {"date_histogram": {"field": bound.source.time, "calendar_interval": "1M"}}
    sources: list[Dsl] = [{"month": month}]
    sources += [{f"h{n}": {"terms": {"field": name, "missing_bucket": True}}} for n, name in enumerate(names)]
    composite: Dsl = {"size": MOST_HOSTS, "sources": sources}

    def of_page(told: Dsl) -> tuple[list[Seen], Dsl | None]:
        buckets = told["hosts"]["buckets"]
        more = told["hosts"].get("after_key") if len(buckets) >= MOST_HOSTS else None
        return [one for bucket in buckets for one in _seen(bound, bucket["key"], len(names))], more

    while True:
        seen, more = searched(
            client, target, within(bound.source.time, window), {"hosts": {"composite": composite}}, of_page
        )
        yield from seen
        if more is None:
            return
        composite["after"] = more


def arrived(client: Client, target: str, bound: Bound, window: Window, since: datetime) -> tuple[Window, ...] | None:
    """Return the days of events that arrived at or after `since`; None where some events keep no time of arrival."""
    there: Dsl = {"exists": {"field": ARRIVAL}}
    late: Dsl = {"range": {ARRIVAL: {"gte": f"{since:%Y-%m-%dT%H:%M:%S}Z"}}}
    aggregations = {
        "untold": {"filter": {"bool": {"must_not": [there]}}},
        "late": {"filter": late, "aggs": {"days": _by_day(bound.source.time)}},
    }

    def of_days(told: Dsl) -> tuple[Window, ...] | None:
        if told["untold"]["doc_count"]:
            return None
        starts = (_start(bucket["key"]) for bucket in told["late"]["days"]["buckets"] if bucket["doc_count"])
        return tuple(Window(start, start + DAY) for start in starts)

    return searched(client, target, within(bound.source.time, window), aggregations, of_days)


ARRIVAL = "event.ingested"


def unindexed(client: Client, target: str, fields: Iterable[str]) -> frozenset[str]:
    """Return the fields of which some documents hold values too long to be indexed, whatever their time.

    All of them where not every shard says so. By a term query for each: only newer indices tell all such names at once.
    """
    asked = {"fields": {"filters": {"filters": {name: {"term": {"_ignored": name}} for name in sorted(fields)}}}}
    if not asked["fields"]["filters"]["filters"]:
        return frozenset()
    try:
        return searched(client, target, {"exists": {"field": "_ignored"}}, asked, _named)
    except ShardsFailed:
        return frozenset(fields)


def _named(told: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the buckets that hold anything."""
    buckets = told["fields"]["buckets"]
    return frozenset(name for name in buckets if buckets[name]["doc_count"]) if buckets else frozenset()


def searched(client: Client, target: str, filters: Dsl, aggregations: Mapping[str, Any], make: Callable[[Dsl], T]) -> T:
    """Return what is made of aggregations over all events of a filter.

    Raises ShardsFailed or Unreadable where the answer is not whole.
    """

    def whole(told: Mapping[str, Any]) -> T:
        if "_shards" not in told:
            raise Transient("an answer that does not say which shards it is of")
        if told.get("timed_out") or told.get("terminated_early") or told.get("_shards", {}).get("failed"):
            raise ShardsFailed("the answer was given without all shards")
        if away := skipped(told):
            raise Unreadable(away)
        return make(told.get("aggregations") or dict.fromkeys(aggregations, NOTHING))

    body = {"size": 0, "track_total_hits": False, "query": {"bool": {"filter": [filters]}}, "aggs": aggregations}
    return client.boil("POST", f"/{target_path(target)}/_search", whole, params=STRICT, body=body)


NOTHING: Mapping[str, Any] = {"buckets": (), "doc_count": 0, "days": {"buckets": ()}}
"""What an aggregation over no index at all comes to: the answer leaves it out."""


def _populations(bound: Bound, reads: Sequence[str]) -> list[Population]:
    kinds = sorted(bound.store.scope.logsources, key=str)
    return [Population(kind, tuple(name for name in reads if bound.reads(name, kind))) for kind in kinds]


def _pieces(window: Window, buckets_a_day: int) -> Iterator[Window]:
    """Cut a window so that no answer has too many buckets; at midnights, since days are counted whole."""
    step = max(1, MOST_BUCKETS // buckets_a_day) * DAY
    midnight = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    start = window.start
    while start < window.end:
        midnight += step
        end = min(midnight, window.end)
        yield Window(start, end)
        start = end


def _by_day(field: str) -> Dsl:
    return {"date_histogram": {"field": field, "fixed_interval": "1d", "min_doc_count": 1}}


def _filters(bound: Bound, populations: Sequence[Population]) -> Dsl:
    """A filter for each population with its filled fields, and one for what proves it alive."""
    kind, scope = bound.type_of, bound.store.scope
    asked: Dsl = {}
    for number, one in enumerate(populations):
        fields = {f"f{n}": filled(name, kind) for n, name in enumerate(one.fields)}
        asked[f"p{number}"] = {"filter": query(scope.logsources[one.logsource], kind)}
        if fields:
            asked[f"p{number}"]["aggs"] = {"filled": {"filters": {"filters": fields}}}
        if one.logsource in scope.alive:
            asked[f"a{number}"] = {"filter": query(scope.alive[one.logsource], kind)}
    return asked


def _facts(bound: Bound, populations: Sequence[Population], bucket: Mapping[str, Any]) -> Iterator[Fact]:
    scope, day = bound.store.scope.name, _day(bucket["key"])
    for number, one in enumerate(populations):
        events = bucket[f"p{number}"]["doc_count"]
        alive = bucket.get(f"a{number}", bucket[f"p{number}"])["doc_count"]
        if events or alive:
            yield Day(scope, one.logsource, day, events, alive)
        if events:
            for n, name in enumerate(one.fields):
                has = bucket[f"p{number}"]["filled"]["buckets"][f"f{n}"]["doc_count"] > 0
                yield Fill(scope, one.logsource, name, day, filled=has)


def _seen(bound: Bound, key: Mapping[str, Any], names: int) -> Iterator[Seen]:
    """Yield the name a month's bucket bears, by the first of the scope's fields that has one."""
    found = (key[f"h{n}"] for n in range(names))
    if host := next((str(one) for one in found if one not in (None, "", "-")), ""):
        yield Seen(bound.store.scope.name, _day(key["month"]), host)


def _start(milliseconds: float) -> datetime:
    return EPOCH + timedelta(milliseconds=int(milliseconds))


def _day(milliseconds: float) -> date:
    return _start(milliseconds).astimezone(UTC).date()
