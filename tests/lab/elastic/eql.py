"""Run one EQL search: what the text asks, over what indices, cut to size, and what was left out."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lab.elastic.call import Call
from lab.elastic.documents import TIME, TIMES, Document, Index, row_of
from lab.elastic.errors import Failed, Unbuilt, illegal, shard_failure
from lab.elastic.names import Targets
from lab.elastic.query import Holds, Query, compile_query, every
from lab.elastic.search import picked, sourced
from lab.elastic.select import Hit, by_moment, chance, matches
from lab.elastic.shards import cut_short, failing, halved
from lab.elastic.sorting import Key, ordered
from lab.eql.kinds import KINDS
from lab.eql.read import read
from lab.eql.refusals import refusals
from lab.eql.sequences import stage
from lab.eql.tree import Field, Pipe, Refused, Step, walk
from lab.eql.tree import Query as Eql

SIGNS = ("timed_out", "is_partial")
COUNTED = 10_000  # where EQL's total stops being exact (lab: as for _search); relation gte is a lower bound [E2]
BODY = frozenset(
    {"query", "filter", "size", "fetch_size", "fields", "result_position", "tiebreaker_field", "event_category_field"}
    | {"timestamp_field", "keep_alive", "keep_on_completion", "wait_for_completion_timeout"}
    | {"allow_partial_search_results", "allow_partial_sequence_results", "max_samples_per_key"}
)


def eql(call: Call, targets: Targets, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer an EQL search; raises Failed.

    Defaults that lose hits [E1]: size 10, the newest of them (tail), partial results allowed. Events come by time in
    milliseconds, ascending whichever end they are from, ties by tiebreaker_field, without one in no order [E2].
    """
    begun = time.monotonic()
    size, asked = _sized(call, body)
    understood = _understood(call, targets, body)
    query = every([compile_query(one, call.now) for one in _filters(body)])
    failed = failing(call, targets.indices, allowed=_partial_allowed(call, body))
    there = tuple(one for one in targets.indices if one not in failed)
    takes = _takes(understood.steps[0], body, targets.indices) if there else None
    losing = cut_short(call, SIGNS)
    walk_ = _Walk(call, there, query, takes, body, losing)
    events = _cut(walk_, understood.pipes, size, head=asked == "head")
    most = call.bent("capped")
    shown = events if most is None else events[: int(most)]
    said: dict[str, Any] = {
        "is_partial": call.bent("is_partial") is not None or bool(failed),
        "is_running": False,
        "took": int((time.monotonic() - begun) * 1000),
        "timed_out": call.bent("timed_out") is not None,
        "hits": {"total": _total(walk_, understood.pipes, size), "events": [_event(hit, body) for hit in shown]},
    }
    return said | ({"shard_failures": [shard_failure(one.name) for one in failed]} if failed else {})


def check_targets(call: Call, targets: Targets, target: str) -> None:
    """Raise Failed (404) where nothing is left to search: 8.x always, 9.x never (2.3: by the texts of [E1] and [E2])."""
    if not targets.indices and not targets.skipped and call.settings.missing_fails:
        name = f"Unknown index [{target}]"
        raise Failed(404, "index_not_found_exception", f"no such index [{name}]", index=name)


class _Walk:
    """All matches by time, from either end, as often as they are asked for."""

    def __init__(
        self,
        call: Call,
        there: tuple[Index, ...],
        query: Query,
        takes: Holds | None,
        body: Mapping[str, Any],
        losing: bool,
    ) -> None:
        self.there, self.query, self.takes, self.losing = there, query, takes, losing
        tie, luck = body.get("tiebreaker_field"), chance(call.request.number)
        self.keys = (Key(TIME, down=False), Key(tie, down=False)) if tie else ()
        self.number, self.luck = call.request.number, luck

    def hits(self, *, newest: bool = False) -> Iterator[Hit]:
        """Yield matches by time and tiebreaker, the newest first if asked; raises Failed from the first on."""
        if self.takes is None:
            return iter(())
        found = halved(matches(self.there, self.query, self.takes, newest=newest), losing=self.losing)
        if not newest:
            return ordered(found, self.keys, [], self.there, self.number) if self.keys else by_moment(found, self.luck)
        return _backwards(found, lambda alike: list(self._placed(alike)))

    def _placed(self, alike: list[Hit]) -> Iterator[Hit]:
        return ordered(alike, self.keys, [], self.there, self.number) if self.keys else by_moment(alike, self.luck)


def _backwards(hits: Iterable[Hit], placed: Callable[[list[Hit]], list[Hit]]) -> Iterator[Hit]:
    """Order each millisecond's hits and yield them from the last: the mirror image of the other direction."""
    for _, together in itertools.groupby(hits, lambda hit: hit.document.at):
        yield from reversed(placed(list(together)))


def _cut(walk_: _Walk, pipes: tuple[Pipe, ...], size: int, *, head: bool) -> list[Hit]:
    """Apply pipes, then size from the end asked for: pipes cannot exceed it [E2]."""
    if not pipes:
        if head:
            return list(itertools.islice(walk_.hits(), size))
        return list(itertools.islice(walk_.hits(newest=True), size))[::-1]
    found = list(walk_.hits())
    for pipe in pipes:
        found = found[: pipe.count] if pipe.name == "head" else found[max(len(found) - pipe.count, 0) :]
    return found[:size] if head else found[max(len(found) - size, 0) :]


def _total(walk_: _Walk, pipes: tuple[Pipe, ...], size: int) -> dict[str, Any]:
    if pipes:
        return {"value": len(_cut(walk_, pipes, COUNTED, head=True)), "relation": "eq"}
    most = max(COUNTED, size)
    found = 0 if walk_.takes is None else sum(
        1 for _ in itertools.islice(halved(matches(walk_.there, walk_.query, walk_.takes), losing=walk_.losing), most + 1)
    )  # fmt: skip
    return {"value": most, "relation": "gte"} if found > most else {"value": found, "relation": "eq"}


def _sized(call: Call, body: Mapping[str, Any]) -> tuple[int, str]:
    """Read size and result_position; a size over the window is refused, which upstream left open [E12] (lab)."""
    if unknown := sorted(set(body) - BODY - {"case_sensitive", "runtime_mappings"}):
        raise Failed(400, "x_content_parse_exception", f"[1:1] [eql/search] unknown field [{unknown[0]}]")
    if built := {"case_sensitive", "runtime_mappings"} & set(body):
        raise Unbuilt(f"{built} in an EQL search")
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


def _understood(call: Call, targets: Targets, body: Mapping[str, Any]) -> Eql:
    """Read and check the text; a field exists if any searched index maps it (2.3). Raises Failed (400)."""
    text = body.get("query")
    if not isinstance(text, str) or not text:
        raise Failed(400, "action_request_validation_exception", "Validation Failed: 1: query is null or empty;")
    try:
        understood = read(text)
    except Refused as wrong:
        raise Failed(400, "parsing_exception", f"line 1:1: {wrong}", inner={"type": "recognition_exception"}) from None
    if understood.kind != "event":
        raise Failed(400, "lab_unsupported_exception", f"the lab runs no {understood.kind}")  # the hunter refuses them
    if targets.indices:
        _verified(text, understood, body, _schema(targets.indices), call)
    return understood


def _verified(text: str, understood: Eql, body: Mapping[str, Any], schema: Mapping[str, str], call: Call) -> None:
    problems = [_problem(text, one) for one in refusals(understood, schema)]
    category = _category(body)
    if understood.steps[0].category is not None and category not in schema:
        problems.insert(0, f"line 1:1: Unknown column [{category}]")
    if problems:
        plural = "s" if len(problems) > 1 else ""
        reason = f"Found {len(problems)} problem{plural}\n" + "\n".join(problems)
        raise Failed(400, "verification_exception", reason)
    leaves = sum(isinstance(part, Field) for part in walk(understood.steps[0].condition))
    if leaves > call.settings.max_clauses:
        reason = f"Query contains too many nested clauses; maxClauseCount is set to {call.settings.max_clauses}"
        raise Failed(400, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True,
                     inner={"type": "too_many_nested_clauses", "reason": reason})  # fmt: skip


def _problem(text: str, said: str) -> str:
    """Word an unmapped field as Elasticsearch does, with its line and column."""
    unmapped = re.match(r"(.+) is not mapped", said)
    if unmapped is None:
        return f"line 1:1: {said}"
    place = max(text.find(unmapped[1]), 0)
    line, column = text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1
    return f"line {line}:{column}: Unknown column [{unmapped[1]}]"


def _schema(indices: tuple[Index, ...]) -> dict[str, str]:
    """Join the mappings of all searched indices; raises Failed where kinds differ, as EQL then cannot ask the field."""
    joined: dict[str, str] = {}
    for one in indices:
        for name, field in one.mapping.items():
            before = joined.setdefault(name, field.type)
            if KINDS.get(before, before) != KINDS.get(field.type, field.type):
                joined[name] = f"[{before}] and [{field.type}]"  # no type: refused if the text asks it
    return joined


def _takes(step: Step, body: Mapping[str, Any], indices: tuple[Index, ...]) -> Holds:
    """Compile a text to a test of a document; documents that share their fields are asked once in a row."""
    takes = stage(step, _category(body), _schema(indices)).takes
    timed = any(isinstance(part, Field) and part.name in TIMES for part in walk(step.condition))
    if timed:
        return lambda document, index: takes(row_of(document, index))
    last: list[Any] = [None, False]

    def holds(document: Document, _: Index) -> bool:
        if document.searchable is not last[0]:
            last[:] = document.searchable, takes(document.searchable)
        return bool(last[1])

    return holds


def _category(body: Mapping[str, Any]) -> str:
    return str(body.get("event_category_field", "event.category"))


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
