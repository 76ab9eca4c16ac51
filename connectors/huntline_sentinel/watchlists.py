"""The watchlists of one workspace: listed, read, written; an upload adds, so what is wanted no more is deleted by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from huntline.errors import QueryRejected, Stale
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed, Written
from huntline.model.pack import Json
from huntline.model.paths import with_values
from huntline.ports import expect_same
from huntline_sentinel.arrival import Place, expect_arrived, expect_idle, expect_taken_in
from huntline_sentinel.faults import Conflict, Missing
from huntline_sentinel.lists import LONGEST_LIST
from huntline_sentinel.rules import request_of
from huntline_sentinel.watchlist_shape import (
    PREFIX,
    Row,
    alias_in,
    deployed,
    gone,
    is_busy,
    restored,
    retired,
    row_of,
    rows_of,
    uploaded,
    wanted,
)

KEYED = "delete the watchlist there, and apply again"
REFUSED = "what is there has not changed, so the service has a reason of its own: apply again later"


def held(at: Place) -> list[Deployed]:
    """List every watchlist of the workspace; what is in them is asked of those alone that lie at an alias like ours."""
    found = {alias_in(one): one for one in at.arm.watchlists() if not gone(one)}
    return [one for alias, resource in found.items() if (one := _read(at, alias, resource))]


def read(at: Place, alias: str) -> Deployed | None:
    try:
        resource = at.arm.watchlist(alias)
    except Missing:
        return None
    return None if gone(resource) else _read(at, alias, resource)


def put(at: Place, artifact: Artifact, over: Deployed | None, *, on: bool, instead: Mapping[str, Json]) -> Written:
    """Create a list, or replace what is ours of the one that was seen; over what a write of ours that broke off left.

    Whole only when queries see it. Raises Transient, not to be waited for, where they do not yet: apply again.
    """
    now = read(at, artifact.remote_id)
    if not _begun(now, over, artifact):
        now = _expect_same(now, over)
    values = cast(list[str], with_values(artifact.body, instead)["values"])
    return _replace(at, artifact.remote_id, wanted(artifact, now, on=on, instead=instead), rows_of(values), now)


def retire(at: Place, over: Deployed) -> Written:
    """Mark a list as wanted no more. What is in it stays: a rule that somebody switches on again still finds it."""
    now = expect_same(read(at, over.remote_id), over)
    return _written(at, over.remote_id, _send(at, over.remote_id, retired(now), now))


def restore(at: Place, before: Deployed, over: Deployed) -> Written:
    now = expect_same(read(at, over.remote_id), over)
    rows = cast(Sequence[Row], before.whole["items"])
    return _replace(at, over.remote_id, restored(before), rows, now)


def remove(at: Place, over: Deployed) -> str:
    """Delete a list with all that is in it; one that is not there any more is deleted. DELETE takes no etag along."""
    now = read(at, over.remote_id)
    if now is None:
        return ""
    expect_same(now, over)
    return request_of(at.arm.remove_watchlist(over.remote_id))


def _read(at: Place, alias: str, resource: Mapping[str, Any]) -> Deployed | None:
    if not alias.startswith(PREFIX):
        return deployed(resource, None)
    try:
        return deployed(resource, list(at.arm.watchlist_items(alias)))
    except Missing:  # deleted since it was listed
        return None


def _begun(now: Deployed | None, over: Deployed | None, artifact: Artifact) -> bool:
    """Say whether what is there is our own write, begun and not whole: it bears the mark that was to be written."""
    return now is not None and now.mark == artifact.mark and (over is None or over.mark != artifact.mark)


def _expect_same(now: Deployed | None, over: Deployed | None) -> Deployed | None:
    if over is not None:
        return expect_same(now, over)
    if now is not None:
        raise Stale(f"{now.name}: lies at the alias by now")
    return None


def _replace(
    at: Place, alias: str, properties: Mapping[str, Any], rows: Sequence[Row], now: Deployed | None
) -> Written:
    """Add what lacks, then delete what is too much: in between the list holds more, and never less.

    An upload that goes on is let come to its end first: another one would be refused, and what lacks is not known before.
    """
    column = str(properties["itemsSearchKey"])
    if now and now.managed["itemsSearchKey"] != column:
        raise QueryRejected(f"its search key is {now.managed['itemsSearchKey']} there, and not {column}", advice=KEYED)
    if now and is_busy(now.whole):
        expect_idle(at, alias)
        now = read(at, alias)
    there = set(cast(list[str], now.managed["values"])) if now else set()
    missing = [row for row in rows if str(row.get(column, "")) not in there]
    request = _send(at, alias, {**properties, **_upload(alias, missing)}, now)
    expect_taken_in(at, alias)
    values = {str(row.get(column, "")) for row in rows}
    if there - values:
        _shed(at, alias, column, values)
    expect_arrived(at, alias, values)
    return _written(at, alias, request)


def _shed(at: Place, alias: str, column: str, values: Collection[str]) -> None:
    """Delete every item but those of these values."""
    for item in list(at.arm.watchlist_items(alias)):
        if str(row_of(item).get(column, "")) not in values:
            at.arm.remove_watchlist_item(alias, str(item["name"]))


def _upload(alias: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what brings items along. Raises QueryRejected for more than one upload takes."""
    found = uploaded(alias, rows) if rows else {}
    if len(found.get("rawContent", "").encode()) > LONGEST_LIST:
        raise QueryRejected(f"the list takes more than {LONGEST_LIST:,} bytes, with what was kept there")
    return found


def _send(at: Place, alias: str, properties: Mapping[str, Any], now: Deployed | None) -> str:
    """Write properties with the etag that was seen, and return the request's id.

    What refuses it is told apart by looking again.
    """
    etag = now.whole.get("etag") if now else None
    body = {"properties": properties, **({"etag": etag} if etag else {})}
    try:
        return request_of(at.arm.put_watchlist(alias, body))
    except Conflict as refused:
        then = read(at, alias)
        if (then.revision if then else "") != (now.revision if now else ""):
            raise Stale(refused.problem) from None
        raise QueryRejected(refused.problem, advice=REFUSED) from None


def _written(at: Place, alias: str, request: str) -> Written:
    """Return what was left there. Raises Stale where it is gone by now."""
    after = read(at, alias)
    if after is None:
        raise Stale(f"{alias}: is not there any more")
    return Written(after, request)
