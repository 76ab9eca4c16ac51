"""Resource Manager's calls on saved searches: GET one and all (one page), PUT, DELETE. Bend: `raced`, as for rules."""

from __future__ import annotations

from typing import Any, Final

from lab.sentinel.call import Call
from lab.sentinel.errors import not_found
from lab.sentinel.roles import SEARCHES
from lab.sentinel.searches.kept import Search
from lab.sentinel.searches.save import save
from lab.sentinel.tables import need
from lab.sentinel.watchlists.calls import sent
from lab.serve.exchange import Answer

TYPE: Final = "Microsoft.OperationalInsights/savedSearches"  # (seen)


def searches(call: Call) -> Answer:
    """GET all saved searches, of every category, at once: the specification knows no next page."""
    need(call, f"{SEARCHES}/read")
    return Answer(200, {"value": [_written(call, one) for one in call.workspace.searches.live().values()]})


def search(call: Call) -> Answer:
    """GET one saved search."""
    need(call, f"{SEARCHES}/read")
    found = call.workspace.searches.live().get(call.names["search"].lower())
    if found is None:
        raise not_found(TYPE, call.names["search"])
    return Answer(200, _written(call, found))


def put(call: Call) -> Answer:
    """PUT a saved search: 200 for a new one too, as the specification knows no other."""
    need(call, f"{SEARCHES}/write")
    _meddled(call)
    return Answer(200, _written(call, save(call.workspace, call.names["search"], sent(call), call.request.now)))


def delete(call: Call) -> Answer:
    """DELETE a saved search; 404 where there was none (lab)."""
    need(call, f"{SEARCHES}/delete")
    if not call.workspace.searches.remove(call.names["search"]):
        raise not_found(TYPE, call.names["search"])
    return Answer(200, None)


def _written(call: Call, one: Search) -> dict[str, Any]:
    return {
        "id": f"{call.settings.id}/savedSearches/{one.name}",
        "name": one.name,
        "type": TYPE,
        "etag": one.etag,
        "properties": dict(one.properties),
    }


def _meddled(call: Call) -> None:
    """Do what the script says that somebody did meanwhile."""
    kept, name = call.workspace.searches, call.names["search"]
    with kept.lock:
        old = kept.live().get(name.lower())
        if old and call.bent("raced") is not None:
            kept.write(name, old.properties, call.request.now)
