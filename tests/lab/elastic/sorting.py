"""The order of hits: sort, search_after, and the values a hit shows for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab.elastic.dates import moment
from lab.elastic.documents import METADATA, TIME, TIMES, Index, iso, several, values
from lab.elastic.errors import Failed, Unbuilt, illegal
from lab.elastic.query import Query
from lab.elastic.select import Hit, by_moment, chance

PLACES = {"_shard_doc", "_doc"}


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key; `format` makes dates text."""

    field: str
    down: bool
    format: str | None = None


def sort_keys(asked: Any, indices: tuple[Index, ...], *, pit: bool) -> tuple[Key, ...]:
    """Read a sort; with a point in time `_shard_doc` breaks its ties unasked (2.3). Raises Failed."""
    keys = tuple(_key(one, indices) for one in several(asked if asked is not None else []))
    if pit and not any(key.field == "_shard_doc" for key in keys):
        keys = (*keys, Key("_shard_doc", down=False))
    return keys


def narrowed(query: Query, keys: tuple[Key, ...], after: list[Any]) -> Query:
    """Leave out the times that search_after has passed, where time comes first."""
    if not after or not keys or keys[0].field != TIME or after[0] is None:
        return query
    first = _read(after[0])
    if keys[0].down:
        return replace(query, high=min(query.high, first + 1))
    return replace(query, low=max(query.low, first))


def ordered(
    hits: Iterable[Hit], keys: tuple[Key, ...], after: list[Any], indices: tuple[Index, ...], number: int
) -> Iterator[Hit]:
    """Put hits, which come in the order of `newest_first`, in the order of the keys and drop those up to search_after.

    Hits that all keys leave equal come in an order of chance, another for each request.
    """
    if after and len(after) != len(keys):
        raise illegal(f"search_after has {len(after)} value(s) but sort has {len(keys)}.")
    shard = {(index.cluster, index.base): place for place, index in enumerate(indices)}
    rank = _rank(keys, shard)
    luck = chance(number)
    if keys and keys[0].field == TIME:
        placed = by_moment(hits, lambda hit: (rank(hit), luck(hit)))
    else:
        placed = iter(sorted(hits, key=lambda hit: (rank(hit), luck(hit))) if keys else hits)
    if not after:
        return placed
    passed = tuple(_ranked(_read_as(key, value), down=key.down) for key, value in zip(keys, after, strict=True))
    return (hit for hit in placed if rank(hit) > passed)


def newest_first(keys: tuple[Key, ...]) -> bool:
    return bool(keys and keys[0].field == TIME and keys[0].down)


def shown(hit: Hit, keys: tuple[Key, ...], indices: tuple[Index, ...]) -> list[Any]:
    """Return the values a hit shows under `sort`."""
    shard = {(index.cluster, index.base): place for place, index in enumerate(indices)}
    found = [(key, _value(key, hit, shard)) for key in keys]
    return [iso(value) if key.field in TIMES and key.format and value is not None else value for key, value in found]


def _key(asked: Any, indices: tuple[Index, ...]) -> Key:
    if isinstance(asked, str):
        field, _, order = asked.partition(":")
        asked = {field: order or ("desc" if field == "_score" else "asc")}
    ((field, how),) = asked.items()
    detail = how if isinstance(how, Mapping) else {"order": how}
    unknown = set(detail) - {"order", "format", "unmapped_type", "missing"}
    if unknown or field == "_score" or detail.get("missing", "_last") != "_last":
        raise Unbuilt(f"sort by {field} with {dict(detail)}")
    mapped = field in PLACES or field in METADATA or any(field in index.mapping for index in indices)
    if indices and not mapped and "unmapped_type" not in detail:
        raise Failed(400, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True, inner={
            "type": "query_shard_exception", "reason": f"No mapping found for [{field}] in order to sort on",
        })  # fmt: skip
    return Key(field, detail.get("order", "asc") == "desc", detail.get("format"))


def _rank(keys: tuple[Key, ...], shard: Mapping[tuple[str, str], int]) -> Callable[[Hit], tuple[Any, ...]]:
    return lambda hit: tuple(_ranked(_value(key, hit, shard), down=key.down) for key in keys)


def _value(key: Key, hit: Hit, shard: Mapping[tuple[str, str], int]) -> Any:
    if key.field in PLACES:
        return (shard[hit.index.cluster, hit.index.base] << 32) + hit.place
    if key.field in METADATA:
        return METADATA[key.field](hit.index, hit.document)
    found = list(values(hit.document, hit.index, key.field))
    return (max(found) if key.down else min(found)) if found else None


def _ranked(value: Any, *, down: bool) -> tuple[Any, ...]:
    """Make a value comparable in its direction; what is missing comes last (docs)."""
    if value is None:
        return (1,)
    if isinstance(value, str):
        return (0, (*(-ord(char) for char in value), 1) if down else value)
    return (0, -value if down else value)


def _read(value: Any) -> int:
    return moment(value, up=False, now=0)


def _read_as(key: Key, value: Any) -> Any:
    return _read(value) if key.field in TIMES and value is not None else value
