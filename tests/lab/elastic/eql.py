"""Run one EQL search: what the text asks, over what indices, cut to size, and what was left out."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import TIME, Index, read_from_source
from lab.elastic.eql_text import tested, understood
from lab.elastic.errors import Failed, Unbuilt, illegal, shard_failure
from lab.elastic.leaves import Holds
from lab.elastic.names import Targets
from lab.elastic.query import Query, compile_query, every, whole
from lab.elastic.search import picked, sourced
from lab.elastic.select import Hit, by_moment, chance, matches
from lab.elastic.shards import cut_short, failing, halved
from lab.elastic.sorting import Key, ordered
from lab.eql.tree import Pipe

SIGNS = ("timed_out", "is_partial")
COUNTED = 10_000  # where EQL's total stops being exact (lab: as for _search); relation gte is a lower bound [E2]
BODY = frozenset(
    {"query", "filter", "size", "fetch_size", "fields", "result_position", "tiebreaker_field", "event_category_field"}
    | {"timestamp_field", "keep_alive", "keep_on_completion", "wait_for_completion_timeout"}
    | {"allow_partial_search_results", "allow_partial_sequence_results", "max_samples_per_key", "runtime_mappings"}
)


def eql(call: Call, targets: Targets, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer an EQL search; raises Failed.

    Defaults that lose hits [E1]: size 10, the newest of them (tail), partial results allowed. Events come by time in
    milliseconds, ascending whichever end they are from, ties by tiebreaker_field, without one in no order [E2].
    """
    begun = time.monotonic()
    size, asked = _sized(call, body)
    text = understood(body)
    query = every([compile_query(one, call.now) for one in _filters(body)])
    failed = failing(call, targets.indices, allowed=_partial_allowed(call, body))
    indices = _shadowed(body, targets.indices, query)
    test = tested(call, body, indices) if indices else None
    there = tuple(one for one, stored in zip(indices, targets.indices, strict=True) if stored not in failed)
    left = Query() if body.get("runtime_mappings") else query  # the filter has been asked by then
    walk = _Walk(there, left, test, _placing(body, there, call.request.number), cut_short(call, SIGNS))
    events = _cut(walk, text.pipes, size, head=asked == "head")
    most = call.bent("capped")
    shown = events if most is None else events[: int(most)]
    said: dict[str, Any] = {
        "is_partial": call.bent("is_partial") is not None,  # shard failures are told apart from it (mem)
        "is_running": False,
        "took": int((time.monotonic() - begun) * 1000),
        "timed_out": call.bent("timed_out") is not None,
        "hits": {"total": _total(walk, text.pipes, size), "events": [_event(hit, body) for hit in shown]},
    }
    return said | ({"shard_failures": [shard_failure(one.name) for one in failed]} if failed else {})


def check_targets(call: Call, targets: Targets, target: str) -> None:
    """Raise Failed (404) where nothing is left to search: 8.x always, 9.x never (2.3: by the texts of [E1] and [E2])."""
    if not targets.indices and not targets.skipped and call.settings.missing_fails:
        name = f"Unknown index [{target}]"
        raise Failed(404, "index_not_found_exception", f"no such index [{name}]", index=name)


@dataclass(frozen=True, slots=True)
class _Walk:
    """All matches by time, from either end, as often as they are asked for; without a test there are none."""

    indices: tuple[Index, ...]
    query: Query
    test: Holds | None
    placed: Callable[[Iterable[Hit]], Iterator[Hit]]  # by time and tiebreaker, of hits that come by time
    losing: bool

    def hits(self) -> Iterator[Hit]:
        return self.placed(self.unplaced())

    def newest_first(self) -> Iterator[Hit]:
        """Yield the mirror image: each millisecond's hits in order, from the last."""
        for _, together in itertools.groupby(self.unplaced(newest=True), lambda hit: hit.document.at):
            yield from reversed(list(self.placed(together)))

    def unplaced(self, *, newest: bool = False) -> Iterator[Hit]:
        if self.test is None:
            return iter(())
        return halved(matches(self.indices, self.query, self.test, newest=newest), losing=self.losing)


def _placing(
    body: Mapping[str, Any], indices: tuple[Index, ...], number: int
) -> Callable[[Iterable[Hit]], Iterator[Hit]]:
    tie = body.get("tiebreaker_field")
    if not tie:
        return lambda hits: by_moment(hits, chance(number))
    keys = (Key(TIME, down=False), Key(tie, down=False))
    return lambda hits: ordered(hits, keys, [], indices, number)


def _cut(walk: _Walk, pipes: tuple[Pipe, ...], size: int, *, head: bool) -> list[Hit]:
    """Apply pipes, then size from the end asked for: pipes cannot exceed it [E2]."""
    if not pipes:
        if head:
            return list(itertools.islice(walk.hits(), size))
        return list(itertools.islice(walk.newest_first(), size))[::-1]
    found = list(walk.hits())
    for pipe in pipes:
        found = found[: pipe.count] if pipe.name == "head" else found[max(len(found) - pipe.count, 0) :]
    return found[:size] if head else found[max(len(found) - size, 0) :]


def _total(walk: _Walk, pipes: tuple[Pipe, ...], size: int) -> dict[str, Any]:
    if pipes:
        return {"value": len(_cut(walk, pipes, COUNTED, head=True)), "relation": "eq"}
    most = max(COUNTED, size)
    found = sum(1 for _ in itertools.islice(walk.unplaced(), most + 1))
    return {"value": most, "relation": "gte"} if found > most else {"value": found, "relation": "eq"}


def _sized(call: Call, body: Mapping[str, Any]) -> tuple[int, str]:
    """Read size and result_position; a size over the window is refused, which upstream left open [E12] (lab)."""
    if unknown := sorted(set(body) - BODY - {"case_sensitive"}):
        raise Failed(400, "x_content_parse_exception", f"[1:1] [eql/search] unknown field [{unknown[0]}]")
    if "case_sensitive" in body:
        raise Unbuilt("case_sensitive in an EQL search")
    if body.get("timestamp_field", TIME) != TIME:
        raise Unbuilt("another timestamp field")
    size, fetch = int(body.get("size", call.settings.default_size)), int(body.get("fetch_size", 1000))
    window = call.settings.max_result_window
    if size <= 0:
        raise illegal("size must be greater than 0")
    if size > window:
        raise illegal(f"Result window is too large, size must be less than or equal to: [{window}] but was [{size}]")
    if not 2 <= fetch <= window:
        raise illegal(f"fetch size must be greater than 1 and not exceed [{window}], was [{fetch}]")
    position = body.get("result_position", "tail")
    if position not in {"head", "tail"}:
        raise illegal(f"'result_position' needs to be one of [head], [tail], but was [{position}]")
    return size, position


def _shadowed(body: Mapping[str, Any], indices: tuple[Index, ...], query: Query) -> tuple[Index, ...]:
    """Let runtime fields stand before mapped ones of their names, in what the filter leaves; none with a script is run."""
    runtime = body.get("runtime_mappings", {})
    if any(dict(one) != {"type": "keyword"} for one in runtime.values()):
        raise Unbuilt("a runtime field that is more than a keyword of the document")
    return tuple(read_from_source(one, runtime, whole(query)) for one in indices) if runtime else indices


def _filters(body: Mapping[str, Any]) -> list[Any]:
    asked = body.get("filter")
    return asked if isinstance(asked, list) else [asked]


def _partial_allowed(call: Call, body: Mapping[str, Any]) -> bool:
    """Read the parameter, then the body, then the cluster's setting, which is true from 8.18 on [E2][E3]."""
    given = call.given["allow_partial_search_results"]
    return bool(
        next(
            one
            for one in (given, body.get("allow_partial_search_results"), call.settings.allow_partial)
            if one is not None
        )
    )


def _event(hit: Hit, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"_index": hit.index.shown, "_id": hit.document.id, **sourced(hit, True), **picked(hit, body.get("fields"))}
