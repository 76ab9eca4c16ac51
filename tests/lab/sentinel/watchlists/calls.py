"""Resource Manager's calls on watchlists: GET one and all, PUT, DELETE, and how an operation goes on.

Bends: `raced` (with a PUT: somebody saves the list in the portal just before; the etag that was read is old), `lost_list`
(with a PUT or GET: somebody has deleted it just before), `list_slow` (with a PUT; amount: seconds or looks more),
`list_failed` (with a PUT: the upload ends as Failed, with half of its items there).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from lab.sentinel.call import Call
from lab.sentinel.errors import arm_failed
from lab.sentinel.paging import paged
from lab.sentinel.roles import WATCHLISTS
from lab.sentinel.tables import need
from lab.sentinel.watchlists.kept import TYPE, Watchlist
from lab.sentinel.watchlists.save import delete as begin_to_delete
from lab.sentinel.watchlists.save import save
from lab.sentinel.watchlists.work import Work
from lab.serve.exchange import Answer

RUNNING: Final = "InProgress"  # how an operation says that it goes on; the end is the state itself (docs)


def watchlists(call: Call) -> Answer:
    """GET all watchlists, page by page, without their items."""
    need(call, f"{WATCHLISTS}/read")
    return Answer(200, paged(call, [written(call, one) for one in call.workspace.watchlists.live().values()]))


def watchlist(call: Call) -> Answer:
    """GET one watchlist: a look at what goes on with it."""
    need(call, f"{WATCHLISTS}/read")
    _meddled(call)
    call.workspace.watchlists.look(call.names["alias"])
    return Answer(200, written(call, found(call)))


def put(call: Call) -> Answer:
    """PUT a watchlist and what is uploaded with it: 201 for a new one, with where its operation is told; 200 over an old one."""
    need(call, f"{WATCHLISTS}/write")
    at_home(call)
    _meddled(call)
    more, fails = call.bent("list_slow") or 0.0, call.bent("list_failed") is not None
    workspace, name, now = call.workspace, call.names["alias"], call.request.now
    kept, made = save(workspace, name, sent(call), call.caller.id, now, more=more, fails=fails)
    answer = Answer(201 if made else 200, written(call, kept))
    return replace(answer, headers=_told_at(call, workspace.watchlists.work(kept.alias))) if made else answer


def delete(call: Call) -> Answer:
    """DELETE a watchlist with its items: 202 and where that is told, 204 where there was none; no etag is asked for."""
    need(call, f"{WATCHLISTS}/delete")
    at_home(call)
    begun = begin_to_delete(call.workspace, call.names["alias"], call.caller.id, call.request.now)
    if begun is None:
        return Answer(204, None)
    told = _told_at(call, begun)
    return Answer(202, None, {**told, "Location": told["Azure-AsyncOperation"]})


def status(call: Call) -> Answer:
    """GET how an operation goes on: a look at it."""
    need(call, f"{WATCHLISTS}/read")
    lists, asked = call.workspace.watchlists, call.names["operation"]
    lists.look(call.names["alias"])
    work = next((one for one in lists.works() if one.id == asked), None)
    if work is None:
        raise arm_failed(404, "NotFound", f"The operation '{asked}' was not found.")
    said: dict[str, Any] = {"id": call.request.path, "name": asked, "status": RUNNING if work.busy else work.state}
    if work.state == "Failed":
        said["error"] = {"code": "UploadFailed", "message": "The upload of the watchlist has failed."}
    return Answer(200, said)


def found(call: Call) -> Watchlist:
    """Return the watchlist a call names; raises Failed (404) for none."""
    there = call.workspace.watchlists.live().get(call.names["alias"].lower())
    if there is None:
        raise arm_failed(404, "NotFound", f"The Resource '{TYPE}/{call.names['alias']}' was not found.")
    return there


def written(call: Call, one: Watchlist) -> dict[str, Any]:
    """Write a watchlist as Resource Manager does: never its items, nor what was uploaded (seen)."""
    work = call.workspace.watchlists.work(one.alias)
    return {
        "id": f"{call.settings.id}/providers/{TYPE}/{one.alias}",
        "name": one.alias,
        "type": TYPE,
        "etag": one.etag,
        "properties": {**one.properties, "uploadStatus": work.uploaded, "provisioningState": work.state},
    }


def sent(call: Call) -> Mapping[str, Any]:
    """Read the body; raises Failed (400) for one that is no object."""
    try:
        body = orjson.loads(call.request.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise arm_failed(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.")
    return body


def at_home(call: Call) -> None:
    """Raise Failed (403) for a principal of another tenant: not supported through Lighthouse (docs; code and words lab)."""
    if call.caller.delegated:
        words = "Watchlists are not managed across tenants through Azure Lighthouse."
        raise arm_failed(403, "LinkedAuthorizationFailed", words)


def _told_at(call: Call, work: Work) -> dict[str, str]:
    where = f"{call.settings.id}/providers/{TYPE}/{call.names['alias']}/watchlistStatuses/{work.id}"
    version = call.request.query["api-version"]
    return {"Azure-AsyncOperation": f"https://{call.request.headers.get('host', '')}{where}?api-version={version}"}


def _meddled(call: Call) -> None:
    """Do what the script says that somebody did meanwhile."""
    lists, alias = call.workspace.watchlists, call.names["alias"]
    with lists.lock:
        old = lists.live().get(alias.lower())
        if old and call.bent("raced") is not None:
            lists.write(alias, old.properties, lists.work(alias))
        if old and call.bent("lost_list") is not None:
            lists.delete(alias, Work("somebody", call.request.now, deletes=True))
