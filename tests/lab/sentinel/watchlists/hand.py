"""What people do to watchlists in the portal, each at once; queries learn of it as late as of anything else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lab.sentinel.app import SentinelLab
from lab.sentinel.watchlists.kept import Item, Watchlist
from lab.sentinel.watchlists.save import save
from lab.sentinel.watchlists.work import Work

WHO: Final = "6d1f0f2a-55b0-4c35-9d0a-0f6a0a4c7d11"  # the object id of whoever sits at the portal
EDITABLE: Final = ("displayName", "itemsSearchKey", "provider", "description", "source", "sourceType", "defaultDuration",
                   "labels", "numberOfLinesToSkip")  # fmt: skip


def edit(lab: SentinelLab, alias: str, **properties: Any) -> Watchlist:
    """Save a list with some properties changed, by the service's names: displayName, description, labels ...

    Raises Failed for what the service would not save, KeyError for no list of that alias.
    """
    with lab.watchlists.lock:
        old = lab.watchlists.the(alias)
        whole = {name: old.properties[name] for name in EDITABLE} | properties
        body = {"etag": old.etag, "properties": whole}
        return save(lab.workspace, old.alias, body, WHO, datetime.now(UTC))[0]


def relabel(lab: SentinelLab, alias: str, *labels: str) -> Watchlist:
    """Give a list other labels; none takes away every mark there was."""
    return edit(lab, alias, labels=list(labels))


def add_item(lab: SentinelLab, alias: str, **values: str) -> Item:
    """Add an item; a column that is not named has no value."""
    return lab.watchlists.put(alias, str(uuid.uuid4()), values, WHO, datetime.now(UTC))[0]


def change_item(lab: SentinelLab, alias: str, search_key: str, **values: str) -> Item:
    """Change values of the item with that search key; raises KeyError for none."""
    old = _item(lab, alias, search_key)
    return lab.watchlists.put(alias, old.id, {**old.values, **values}, WHO, datetime.now(UTC))[0]


def remove_item(lab: SentinelLab, alias: str, search_key: str) -> None:
    """Delete the item with that search key; raises KeyError for none."""
    lab.watchlists.remove(alias, _item(lab, alias, search_key).id)


def delete(lab: SentinelLab, alias: str) -> None:
    """Delete a list, whatever goes on with it; raises KeyError for none."""
    with lab.watchlists.lock:
        lab.watchlists.delete(lab.watchlists.the(alias).alias, Work(WHO, datetime.now(UTC), deletes=True))


def make(lab: SentinelLab, alias: str, rows: tuple[Mapping[str, str], ...] = (), **properties: Any) -> Watchlist:
    """Make somebody else's list, whole at once; its first column is the search key unless that is said."""
    key = next(iter(rows[0])) if rows else "Name"
    said = {"displayName": alias, "itemsSearchKey": key, "provider": "Microsoft", "source": "theirs.csv", **properties}
    now = datetime.now(UTC)
    with lab.watchlists.lock:
        made, _ = save(lab.workspace, alias, {"properties": said}, WHO, now)
        return lab.watchlists.write(alias, made.properties, Work(WHO, now, rows))


def _item(lab: SentinelLab, alias: str, search_key: str) -> Item:
    key = lab.watchlists.the(alias).properties["itemsSearchKey"]
    found = {one.values.get(key): one for one in lab.watchlists.items(alias).values()}
    return found[search_key]
