"""The calls of EQL search, with every default that loses hits spelled out: size, position, partial answers, missing targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from huntline.errors import Denied
from huntline_elastic.client import Client
from huntline_elastic.dsl import Dsl, moment
from huntline_elastic.faults import Missing
from huntline_elastic.terrain import target_path

KEEP = "10m"  # a search that nobody asks about any more is gone after this
FETCH = 1_000  # the default of fetch_size, refused where it is over a target's result window, even if nothing uses it
READ = {"type": "keyword"}  # a runtime field without a script takes its values of the document, before the index's
COUNTED = "id,is_*,timed_out,shard_failures,hits.total,hits.events._index,hits.events._id,hits.events.fields"


@dataclass(frozen=True, slots=True)
class Ask:
    """One EQL search, of events in `[start, end)`. `without`: documents left out, ids by index.

    `unindexed`: fields of which some documents hold values that no index holds. Those documents are left out, or with
    `from_source` they alone are searched, by what they hold themselves.
    """

    target: str
    text: str
    time: str  # the field windows go by
    start: datetime
    end: datetime
    size: int
    fields: Sequence[Mapping[str, str]]
    without: Mapping[str, Sequence[str]]
    counting: bool  # documents themselves are not wanted
    ticket: str
    unindexed: tuple[str, ...] = ()
    from_source: bool = False


def submit(client: Client, ask: Ask, *, wait: timedelta, lenient: bool = False) -> Mapping[str, Any]:
    """Start a search and wait for it a while. `lenient`: go on without failed shards. Raises what the client raises."""
    params = {
        "allow_partial_search_results": str(lenient).lower(),
        "ignore_unavailable": "false",
        "allow_no_indices": "true",
        "expand_wildcards": "open",
        "wait_for_completion_timeout": f"{wait // timedelta(milliseconds=1)}ms",
        "keep_alive": KEEP,
        "keep_on_completion": "false",
        **({"filter_path": COUNTED} if ask.counting else {}),
    }
    body = {
        "query": ask.text,
        "size": ask.size,
        "fetch_size": max(2, min(FETCH, ask.size)),
        "result_position": "head",
        "timestamp_field": ask.time,
        "filter": _filter(ask),
        "fields": list(ask.fields),
        **({"runtime_mappings": dict.fromkeys(ask.unindexed, READ)} if ask.from_source else {}),
    }
    path = f"/{target_path(ask.target)}/_eql/search"
    return client.ask("POST", path, params=params, body=body, ticket=ask.ticket).body


def fetch(client: Client, reference: str, ticket: str, *, wait: timedelta) -> Mapping[str, Any] | None:
    """Return where a search stands, its events once it has ended, and keep it alive; None when it is not there any more."""
    params = {"keep_alive": KEEP, "wait_for_completion_timeout": f"{wait // timedelta(milliseconds=1)}ms"}
    try:
        return client.ask("GET", _path(reference), params=params, ticket=ticket).body
    except Missing:
        return None


def remove(client: Client, reference: str) -> None:
    """Cancel and forget a search; one that is not there, or that the key may not remove, ends by itself."""
    try:
        client.ask("DELETE", _path(reference))
    except (Missing, Denied):
        return


def _path(reference: str) -> str:
    return f"/_eql/search/{quote(reference, safe='')}"


def _filter(ask: Ask) -> Dsl:
    """A document's id is unique in its index only, so it is left out together with that."""
    window: Dsl = {"range": {ask.time: {"gte": moment(ask.start), "lt": moment(ask.end)}}}
    had = [
        {"bool": {"filter": [{"term": {"_index": index}}, {"ids": {"values": list(ids)}}]}}
        for index, ids in sorted(ask.without.items())
    ]
    beside: list[Dsl] = [{"terms": {"_ignored": list(ask.unindexed)}}] if ask.unindexed else []
    wanted, unwanted = (beside, had) if ask.from_source else ([], [*had, *beside])
    return {"bool": {"filter": [window, *wanted], "must_not": unwanted}} if had or beside else window
