"""Resource Manager's calls on analytics rules: GET one and all, PUT, DELETE.

Bends: `raced` (with a PUT: somebody saves the rule in the portal just before; the etag that was read is old), `lost_rule`
(with a PUT or GET: somebody has deleted it just before).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lab.sentinel.call import Call
from lab.sentinel.errors import arm_failed
from lab.sentinel.paging import paged
from lab.sentinel.roles import RULES, RULES_DELETE, RULES_WRITE
from lab.sentinel.rules.kept import TYPE, Rule
from lab.sentinel.rules.normal import PREVIEW
from lab.sentinel.rules.save import save
from lab.sentinel.tables import need
from lab.serve.exchange import Answer


def rules(call: Call) -> Answer:
    """GET all rules of every kind, page by page."""
    need(call, RULES)
    return Answer(200, paged(call, [written(call, one) for one in call.workspace.rules.read().values()]))


def rule(call: Call) -> Answer:
    """GET one rule."""
    need(call, RULES)
    _meddled(call)
    found = call.workspace.rules.read().get(call.names["rule"].lower())
    if found is None:
        words = f"The Resource '{TYPE}/{call.names['rule']}' was not found."
        raise arm_failed(404, "NotFound", words)
    return Answer(200, written(call, found))


def put(call: Call) -> Answer:
    """PUT a whole rule: 201 for a new one, 200 over an old one [M2]."""
    need(call, RULES_WRITE)
    _meddled(call)
    kept, made = save(call.workspace, call.names["rule"], _sent(call), call.request.now)
    return Answer(201 if made else 200, written(call, kept))


def delete(call: Call) -> Answer:
    """DELETE a rule: 204 where there was none [M2]; no etag is asked for."""
    need(call, RULES_DELETE)
    return Answer(200 if call.workspace.rules.remove(call.names["rule"], call.request.now) else 204, None)


def written(call: Call, one: Rule) -> dict[str, Any]:
    """Write a rule as the asked api-version does."""
    unknown = () if _preview(call) else PREVIEW
    return {
        "id": f"{call.settings.id}/providers/{TYPE}/{one.name}",
        "name": one.name,
        "type": TYPE,
        "kind": one.kind,
        "etag": one.etag,
        "properties": {name: value for name, value in one.properties.items() if name not in unknown},
    }


def _sent(call: Call) -> Mapping[str, Any]:
    """Read the body; raises Failed (400) for one that is no object."""
    try:
        body = orjson.loads(call.request.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise arm_failed(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.")
    if _preview(call) or not isinstance(body.get("properties"), dict):
        return body
    known = {name: value for name, value in body["properties"].items() if name not in PREVIEW}
    return {**body, "properties": known}


def _preview(call: Call) -> bool:
    return call.request.query.get("api-version", "").endswith("-preview")


def _meddled(call: Call) -> None:
    """Do what the script says that somebody did meanwhile."""
    rules, name = call.workspace.rules, call.names["rule"]
    with rules.lock:
        old = rules.live().get(name.lower())
        if old and call.bent("raced") is not None:
            rules.write(name, old.kind, old.properties, call.request.now)
        if old and call.bent("lost_rule") is not None:
            rules.remove(name, call.request.now)
