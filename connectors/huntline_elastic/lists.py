"""Lists of indicators in indexes of ours: read whole, written in one bulk request each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from huntline.errors import Denied, HuntlineError, QueryRejected, Stale, Transient
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.jsonable import dumps
from huntline.model.mark import RETIRED, Mark, marks_in
from huntline.model.pack import Json
from huntline.model.paths import flat, with_values
from huntline.ports import expect_same
from huntline_elastic.client import Client
from huntline_elastic.faults import Missing
from huntline_elastic.indicators import (
    INDEX,
    INDICATOR,
    KIND,
    LABEL,
    MAPPINGS,
    MARK,
    OBJECT,
    STATE,
    documents,
    name_of,
)
from huntline_elastic.ours import id_of
from huntline_elastic.terrain import STRICT, target_path

PAGE = 10_000
TOLD = 3  # different refusals of one request
Wanted: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Json]]]  # index -> id -> document


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lists of one space lie."""

    client: Client
    space: str


def held(at: Place) -> list[Deployed]:
    """List every list of a space, whatever pack it is of."""
    return _lists(_documents(at, {"exists": {"field": OBJECT}}))


def read(at: Place, remote_id: str) -> Deployed | None:
    return next(iter(_lists(_documents(at, {"term": {OBJECT: remote_id}}))), None)


def put(at: Place, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Write a list as it is wanted, and take out of it what is wanted no more."""
    body = with_values(artifact.body, instead)
    wanted = {str(body["index"]): documents(artifact, body, on=on)}
    if over is None:
        return _sent(at.client, [*_additions(wanted, "create")], wanted, artifact.remote_id)
    there = expect_same(read(at, artifact.remote_id), over).whole
    return _replaced(at.client, there, wanted, artifact.remote_id)


def retire(at: Place, over: Deployed) -> Written:
    """Mark a list as wanted no more. Its documents stay: a rule that somebody switches on again still finds them."""
    there = expect_same(read(at, over.remote_id), over)
    mark = {MARK: str(Mark(over.mark.key, RETIRED))} if over.mark else {}
    return _replaced(at.client, there.whole, _changed(there.whole, {**mark, STATE: "off"}), over.remote_id)


def restore(at: Place, before: Deployed, over: Deployed) -> Written:
    there = expect_same(read(at, over.remote_id), over)
    return _replaced(at.client, there.whole, _changed(before.whole, {}), over.remote_id)


def remove(at: Place, over: Deployed) -> str:
    now = read(at, over.remote_id)
    if now is not None:
        _send(at.client, list(_deletions(expect_same(now, over).whole, {})))
    return ""


def mapped_otherwise(client: Client, index: str) -> list[str]:
    """Return our fields that an index maps as something else than a keyword, in which rules would find other things."""
    told = client.ask("GET", f"/{target_path(index)}/_mapping").body
    wanted = cast(Mapping[str, Mapping[str, Any]], MAPPINGS["properties"])
    found = [dict(_mapped(one["mappings"].get("properties") or {})) for one in told.values()]
    return sorted({name for name, kind in wanted.items() for one in found if one.get(name) != kind["type"]})


def _documents(at: Place, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all documents of a query in a space's indexes, by pages in the order of their lists."""
    body: dict[str, Any] = {
        "size": PAGE,
        "query": query,
        "sort": [{OBJECT: "asc"}, {"threat.indicator.name": "asc"}],
        "track_total_hits": False,
    }
    while True:
        told = at.client.ask("POST", f"/{INDEX}{at.space}.*/_search", params=STRICT, body=body).body
        if told.get("timed_out") or told["_shards"].get("failed"):
            raise Transient("the lists were read without all shards")
        hits = told["hits"]["hits"]
        yield from hits
        if len(hits) < PAGE:
            return
        body["search_after"] = hits[-1]["sort"]


def _lists(hits: Iterable[Mapping[str, Any]]) -> list[Deployed]:
    by_list: dict[str, dict[str, dict[str, dict[str, Json]]]] = {}
    for hit in hits:
        source = flat(hit["_source"])
        by_list.setdefault(str(source[OBJECT]), {}).setdefault(hit["_index"], {})[hit["_id"]] = source
    return [_deployed(remote_id, found) for remote_id, found in by_list.items()]


def _deployed(remote_id: str, found: Wanted) -> Deployed:
    """Read a list off its documents. Where they do not agree in their mark, a write broke off: it has one of them."""
    sources = [source for inside in found.values() for source in inside.values()]
    marks = sorted({str(source.get(MARK, "")) for source in sources})
    mark = next((one for text in marks for one in marks_in(text)), None)
    whole: dict[str, Json] = {
        index: {name: dict(inside[name]) for name in sorted(inside)} for index, inside in sorted(found.items())
    }
    return Deployed(
        kind=KIND,
        remote_id=remote_id,
        name=name_of(mark.key if mark else str(sources[0].get(LABEL, ""))),
        mark=mark,
        home=mark is not None and id_of(mark.key) == remote_id,
        managed={"index": ", ".join(whole), "values": _values(sources)},
        whole=whole,
        revision=hashlib.sha256(dumps(whole).encode()).hexdigest()[:32],
        state="on" if all(source.get(STATE) == "on" for source in sources) else "off",
    )


def _values(sources: Iterable[Mapping[str, Any]]) -> dict[str, Json]:
    """Return what is listed by field, as often as it is: a value that stands twice is no list of ours."""
    found: dict[str, list[Json]] = {}
    for source in sources:
        for field in (name for name in source if name.startswith(INDICATOR)):
            found.setdefault(field, []).append(source[field])
    return {field: sorted(values, key=str) for field, values in sorted(found.items())}


def _changed(whole: Mapping[str, Json], labels: Mapping[str, Json]) -> Wanted:
    return {
        index: {name: {**source, **labels} for name, source in found.items()}
        for index, found in cast(Wanted, whole).items()
    }


def _replaced(client: Client, there: Mapping[str, Json], wanted: Wanted, remote_id: str) -> Written:
    """Index what is wanted and delete the rest."""
    return _sent(client, [*_additions(wanted, "index"), *_deletions(there, wanted)], wanted, remote_id)


def _sent(client: Client, lines: list[Mapping[str, Any]], wanted: Wanted, remote_id: str) -> Written:
    for index in wanted:
        _expect_index(client, index)
    _send(client, lines)
    return Written(_deployed(remote_id, wanted))


def _additions(wanted: Wanted, action: str) -> Iterator[Mapping[str, Any]]:
    for index, found in wanted.items():
        for name, source in found.items():
            yield {action: {"_index": index, "_id": name}}
            yield source


def _deletions(there: Mapping[str, Json], wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    for index, found in cast(Wanted, there).items():
        for name in found:
            if name not in wanted.get(index, {}):
                yield {"delete": {"_index": index, "_id": name}}


def _send(client: Client, lines: list[Mapping[str, Any]]) -> None:
    """Send a bulk request that searches see once it has ended. It succeeds even where single documents fail: these are told."""
    told = client.ask("POST", "/_bulk", params={"refresh": "true"}, body=lines).body
    items = [next(iter(item.values())) for item in told["items"]]
    failed = [item for item in items if "error" in item]
    if failed:
        raise _refused(failed, len(items))


def _refused(failed: list[Mapping[str, Any]], sent: int) -> HuntlineError:
    """Say what became of single documents; one that was to be made and is there already makes the whole list Stale."""
    causes = dict.fromkeys(
        f"{one['status']} {one['error']['type']}: {one['error'].get('reason', '')}" for one in failed
    )
    words = f"{len(failed)} of {sent} documents were not written: {'; '.join(list(causes)[:TOLD])}"
    statuses = {one["status"] for one in failed}
    if 409 in statuses:
        return Stale(words)
    if 403 in statuses:
        return Denied(words)
    return Transient(words) if statuses <= {429, 503} else QueryRejected(words)


def _expect_index(client: Client, index: str) -> None:
    """Create an index with our mappings where there is none; others may create it at the same time."""
    if _is_there(client, index):
        return
    try:
        client.ask("PUT", f"/{target_path(index)}", body={"mappings": MAPPINGS})
    except QueryRejected:
        if not _is_there(client, index):
            raise


def _is_there(client: Client, index: str) -> bool:
    try:
        client.ask("GET", f"/{target_path(index)}/_mapping")
    except Missing:
        return False
    return True


def _mapped(properties: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, one in properties.items():
        yield f"{before}{name}", str(one.get("type", ""))
        yield from _mapped(one.get("properties") or {}, f"{before}{name}.")
