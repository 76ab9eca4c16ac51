"""Resource Manager's calls on the items of a watchlist: GET one and all, PUT, DELETE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.sentinel.call import Call
from lab.sentinel.errors import arm_failed
from lab.sentinel.paging import paged
from lab.sentinel.roles import ITEMS
from lab.sentinel.tables import need
from lab.sentinel.watchlists.calls import at_home, found, sent
from lab.sentinel.watchlists.content import bad, too_wide
from lab.sentinel.watchlists.kept import TYPE, Item
from lab.sentinel.watchlists.save import newest, user
from lab.serve.exchange import Answer

ITEM_TYPE: Final = f"{TYPE}/WatchlistItems"


def items(call: Call) -> Answer:
    """GET the items there are by now, page by page: the first page is a look at what goes on with the list."""
    need(call, f"{ITEMS}/read")
    if "$skiptoken" not in call.request.query:
        call.workspace.watchlists.look(call.names["alias"])
    alias = found(call).alias
    page = paged(call, list(call.workspace.watchlists.items(alias).values()), call.settings.item_page)
    return Answer(200, page | {"value": [written(call, alias, one) for one in page["value"]]})


def item(call: Call) -> Answer:
    """GET one item."""
    need(call, f"{ITEMS}/read")
    alias = found(call).alias
    kept = call.workspace.watchlists.items(alias).get(call.names["item"].lower())
    if kept is None:
        raise arm_failed(404, "NotFound", f"The Resource '{ITEM_TYPE}/{call.names['item']}' was not found.")
    return Answer(200, written(call, alias, kept))


def put(call: Call) -> Answer:
    """PUT one item at an id of the caller's: 201 for a new one, 200 over an old one; its search key may not be blank."""
    need(call, f"{ITEMS}/write")
    at_home(call)
    body, lists = sent(call), call.workspace.watchlists
    with lists.lock:
        there = found(call)
        values = _values(call, body, there.properties["itemsSearchKey"])
        old = lists.items(there.alias).get(call.names["item"].lower())
        newest(call.names["item"], body.get("etag"), old.etag if old else None)
        kept, made = lists.put(there.alias, call.names["item"], values, call.caller.id, call.request.now)
    return Answer(201 if made else 200, written(call, there.alias, kept))


def delete(call: Call) -> Answer:
    """DELETE one item: 204 where there was none."""
    need(call, f"{ITEMS}/delete")
    at_home(call)
    there = call.workspace.watchlists.remove(found(call).alias, call.names["item"])
    return Answer(200 if there else 204, None)


def written(call: Call, alias: str, one: Item) -> dict[str, Any]:
    """Write an item as Resource Manager does."""
    return {
        "id": f"{call.settings.id}/providers/{TYPE}/{alias}/WatchlistItems/{one.id}",
        "name": one.id,
        "type": ITEM_TYPE,
        "etag": one.etag,
        "properties": {
            "watchlistItemType": "watchlist-item",
            "watchlistItemId": one.id,
            "tenantId": call.settings.tenant,
            "isDeleted": False,
            "created": one.created,
            "updated": one.updated,
            "createdBy": user(one.created_by),
            "updatedBy": user(one.updated_by),
            "itemsKeyValue": dict(one.values),
            "entityMapping": {},
        },
    }


def _values(call: Call, body: Mapping[str, Any], key: str) -> Mapping[str, str]:
    """Return the values of an item; raises Failed (400) for what is none ([M13]; the words are the lab's)."""
    said = body.get("properties")
    values = said.get("itemsKeyValue") if isinstance(said, dict) else None
    if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
        raise bad("'itemsKeyValue' is no object of texts")
    if not values.get(key, "").strip():
        raise bad(f"The search key '{key}' of the item is blank")
    if too_wide(values, call.settings):
        raise bad(f"The size of the item is over {call.settings.item_size} bytes")
    return values
