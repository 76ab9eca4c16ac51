"""A copy of a rule, as the table's "Duplicate" makes it."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lab.kibana.exceptions import items_of, new_item, new_list
from lab.kibana.normal import content, created
from lab.kibana.store import KibanaStore, Space

OWN_LIST = "rule_default"  # a list that belongs to one rule


def duplicated(
    store: KibanaStore, space: Space, rule: Mapping[str, Any], *, by: str, now: datetime, exceptions: bool
) -> dict[str, Any]:
    """Return a disabled copy: a rule_id of its own, the same tags, and the name told apart (source)."""
    with store.lock:
        lists = list(_lists(space, rule, by, now)) if exceptions else []
        own = {"name": f"{rule['name']} [Duplicate]", "rule_id": str(uuid.uuid4()), "enabled": False, "version": 1}
        return created({**content(rule), **own, "exceptions_list": lists}, by=by, now=now)


def _lists(space: Space, rule: Mapping[str, Any], by: str, now: datetime) -> Iterator[dict[str, Any]]:
    """Name shared lists again, and copy those that are the rule's own."""
    for named in rule["exceptions_list"]:
        old = next((one for one in space.lists.values() if one["list_id"] == named["list_id"]), None)
        if named["type"] != OWN_LIST or old is None:
            yield named
            continue
        kept = {name: old[name] for name in ("name", "description", "type", "tags", "os_types", "namespace_type")}
        made = new_list(space, kept, by=by, now=now)
        for item in items_of(space, named["list_id"]):
            fields = ("name", "description", "type", "tags", "os_types", "namespace_type", "entries")
            body = {name: copy.deepcopy(item[name]) for name in fields}
            new_item(space, {**body, "list_id": made["list_id"]}, by=by, now=now)
        yield {**named, "id": made["id"], "list_id": made["list_id"]}
