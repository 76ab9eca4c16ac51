"""Run one search of the query DSL: hits, total, aggregations, what was left out."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from lab.elastic.aggregate import aggregate
from lab.elastic.call import Call
from lab.elastic.documents import TIMES, Index, dotted, row_of, several, source_of
from lab.elastic.errors import Failed, Unbuilt, illegal
from lab.elastic.names import Targets
from lab.elastic.query import Query, compile_query
from lab.elastic.select import Hit, count, matches
from lab.elastic.shards import clusters, cut_short, failing, halved, shards
from lab.elastic.sorting import Key, narrowed, newest_first, ordered, shown, sort_keys

SIGNS = ("timed_out", "terminated_early")
BODY = frozenset(
    {"query", "size", "from", "sort", "search_after", "track_total_hits", "aggs", "aggregations", "_source", "fields"}
    | {"pit", "timeout"}
)


def search(
    call: Call, targets: Targets, body: Mapping[str, Any], *, pit: bool = False, signs: tuple[str, ...] = SIGNS
) -> dict[str, Any]:
    """Answer a search as `_search` does; raises Failed.

    Defaults that lose hits [E1]: size 10, total counted to 10,000, partial results allowed. `signs` are those the
    answer can show of a search cut short.
    """
    begun = time.monotonic()
    query = compile_query(body.get("query"), call.now)
    failed = failing(call, targets.indices, allowed=call.given["allow_partial_search_results"])
    there = tuple(one for one in targets.indices if one not in failed)
    keys = sort_keys(_asked(call, body, "sort"), targets.indices, pit=pit)
    losing = cut_short(call, signs)
    hits = _hits(call, body, query, there, keys, targets.indices, losing=losing)
    asked = body.get("aggs", body.get("aggregations"))
    said: dict[str, Any] = {"timed_out": call.bent("timed_out") is not None}
    if call.bent("terminated_early") is not None:
        said["terminated_early"] = True
    if asked:
        counted = list(halved(matches(there, query), losing=losing))
        said["aggregations"] = aggregate(asked, counted, call)
    took = int((time.monotonic() - begun) * 1000)
    about = {"_shards": shards(targets.indices, failed, query), **clusters(targets, failed, took)}
    scored = None if keys or not hits else 1.0
    shown_hits = {"max_score": scored, "hits": [_shown(call, body, hit, keys, targets.indices) for hit in hits]}
    return {"took": took, **said, **about, "hits": {**_total(call, body, query, there, losing=losing), **shown_hits}}


def _hits(
    call: Call, body: Mapping[str, Any], query: Query, there: tuple[Index, ...], keys: tuple[Key, ...],
    indices: tuple[Index, ...], *, losing: bool,
) -> list[Hit]:  # fmt: skip
    size, start = _window(call, body)
    after = body.get("search_after", [])
    if after and not keys:
        raise illegal("Sort must contain at least one field.")
    if not size:
        return []
    walk = halved(matches(there, narrowed(query, keys, after), newest=newest_first(keys)), losing=losing)
    placed = ordered(walk, keys, after, indices, call.request.number)
    most = call.bent("capped")
    return list(itertools.islice(placed, start, start + (size if most is None else min(size, int(most)))))


def _window(call: Call, body: Mapping[str, Any]) -> tuple[int, int]:
    size = _asked(call, body, "size")
    size = call.settings.default_size if size is None else int(size)
    start = int(_asked(call, body, "from") or 0)
    if size + start > call.settings.max_result_window:
        reason = (
            "Result window is too large, from + size must be less than or equal to: "
            f"[{call.settings.max_result_window}] but was [{size + start}]"
        )
        raise Failed(400, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True,
                     inner={"type": "illegal_argument_exception", "reason": reason})  # fmt: skip
    return size, start


def _total(
    call: Call, body: Mapping[str, Any], query: Query, there: tuple[Index, ...], *, losing: bool
) -> dict[str, Any]:
    """Count as far as asked: true is exactly, false is not at all, else up to a number with the relation gte [E1]."""
    asked = _asked(call, body, "track_total_hits")
    asked = call.settings.total_hits if asked is None else {"true": True, "false": False}.get(str(asked).lower(), asked)
    if asked is False:
        return {}
    most = None if asked is True else int(asked)
    found = count(there, query, None, most)
    found = (found + 1) // 2 if losing else found
    if most is not None and found > most:
        return {"total": {"value": most, "relation": "gte"}}
    return {"total": {"value": found, "relation": "eq"}}


def _asked(call: Call, body: Mapping[str, Any], name: str) -> Any:
    """Read what may stand in the query or in the body; in the query as text."""
    given = call.given.get(name)
    if given is not None and name in call.request.query:
        return given.split(",") if name == "sort" else given
    return body.get(name)


def _shown(
    call: Call, body: Mapping[str, Any], hit: Hit, keys: tuple[Key, ...], indices: tuple[Index, ...]
) -> dict[str, Any]:
    said: dict[str, Any] = {"_index": hit.index.shown, "_id": hit.document.id, "_score": None if keys else 1.0}
    said |= sourced(hit, body.get("_source", True) if call.given.get("_source") is None else call.given["_source"])
    said |= picked(hit, body.get("fields"))
    return said | ({"sort": shown(hit, keys, indices)} if keys else {})


def sourced(hit: Hit, asked: Any) -> dict[str, Any]:
    """Return `_source` as asked: whole, none, or the fields that fit some patterns."""
    if asked is False or asked == "false":
        return {}
    if asked is True or asked == "true":
        return {"_source": source_of(hit.document)}
    detail = asked if isinstance(asked, Mapping) else {"includes": several(asked)}
    wanted = [part for one in several(detail.get("includes", ["*"])) for part in one.split(",")]
    unwanted = several(detail.get("excludes", []))
    kept = {
        name: value
        for name, value in hit.document.source.items()
        if _named(name, wanted) and not _named(name, unwanted)
    }
    whole = source_of(replace(hit.document, source=kept, sent=None))
    there = TIMES if hit.document.sent is None else dotted(hit.document.sent).keys()
    times = [name for name in TIMES if name not in there or not _named(name, wanted) or _named(name, unwanted)]
    return {"_source": _without(whole, times)}


def picked(hit: Hit, asked: Any) -> dict[str, Any]:
    """Return `fields`: searchable values as lists, times as ISO text."""
    if not asked:
        return {}
    names = [one if isinstance(one, str) else _plain(one) for one in several(asked)]
    row = row_of(hit.document, hit.index)
    found = {name: several(value) for name, value in row.items() if _named(name, names)}
    return {"fields": found}


def _plain(asked: Mapping[str, Any]) -> str:
    if asked.get("format", "strict_date_optional_time") != "strict_date_optional_time":
        raise Unbuilt(f"fields in the format {asked['format']}")
    return str(asked["field"])


def _named(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, one) or name.startswith(f"{one}.") for one in patterns)


def _without(nested: dict[str, Any], names: list[str]) -> dict[str, Any]:
    for name in names:
        above, _, last = name.rpartition(".")
        place = nested.get(above, {}) if above else nested
        place.pop(last, None)
        if above and not place:
            nested.pop(above, None)
    return nested
