"""Saving and deleting a watchlist, as everybody does it: the API, a person in the portal."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lab.sentinel.call import Workspace
from lab.sentinel.errors import Failed, arm_failed
from lab.sentinel.rules.kept import stamp
from lab.sentinel.timespan import duration
from lab.sentinel.watchlists.content import bad, rows
from lab.sentinel.watchlists.kept import Watchlist
from lab.sentinel.watchlists.work import Row, Work

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{1,62}[A-Za-z0-9]")  # 3 to 64 characters (docs)
REQUIRED: Final = ("displayName", "itemsSearchKey", "provider")
TEXTS: Final = ("description", "source", "sourceType", "defaultDuration")
# Of both words of the same enum the specification has the second pair, tools of the field the first (seen).
SOURCES: Final = ("Local file", "Remote storage", "Local", "AzureStorage")


def save(
    workspace: Workspace, alias: str, body: Mapping[str, Any], by: str, now: datetime, **work: Any
) -> tuple[Watchlist, bool]:
    """Put a watchlist's properties in the place of the old ones and append what is uploaded; tell whether it is new.

    `work` are what a script says of the upload. Raises Failed: 400 for what breaks the form or the limits, 409 for an etag
    that is not the list's any more, for an alias that is being deleted, and for an upload while another goes on.
    """
    said = _checked(alias, body.get("properties"))
    found, lists = rows(said, workspace.settings), workspace.watchlists
    with lists.lock:
        old = lists.live().get(alias.lower())
        newest(alias, body.get("etag"), old.etag if old else None)
        _free(workspace, alias, old, uploads=found is not None)
        _same_key(said, old)
        _not_too_many(workspace, len(found or ()))
        begun = lists.work(alias) if old and found is None else _begun(workspace, found or (), by, now, **work)
        return lists.write(alias, _kept(workspace, alias, said, old, by, now), begun), old is None


def delete(workspace: Workspace, alias: str, by: str, now: datetime) -> Work | None:
    """Begin to delete a watchlist; return what was begun, None where there was nothing to delete.

    Raises Failed (409) while the list is uploaded, when it cannot be deleted (docs; the status is the lab's).
    """
    lists, said = workspace.watchlists, workspace.settings
    with lists.lock:
        if alias.lower() not in lists.live():
            return None
        if lists.work(alias).busy:
            raise _conflict(f"The watchlist '{alias}' is in the state {lists.work(alias).state} and cannot be deleted.")
        begun = Work(by, now, seconds=said.list_seconds, needed=said.list_looks, deletes=True)
        lists.delete(alias, begun)
    return begun


def newest(name: str, sent: Any, etag: str | None) -> None:
    """Raise Failed (409) for an etag that is not the object's, as for rules [M12]; that of one that has gone is old too (lab)."""
    if sent and sent not in ("*", etag):
        raise _conflict(f"Newer instance of '{name}' exists (Etag does not match). Data was not saved.")


def _checked(alias: str, said: Any) -> Mapping[str, Any]:
    """Return the properties of a watchlist, or raise Failed (400) for the first thing wrong with them."""
    if not isinstance(said, dict):
        raise bad("Required property 'properties' not found in JSON")
    for name in REQUIRED:
        if not isinstance(said.get(name), str) or not said[name].strip():
            raise bad(f"Required property '{name}' not found in JSON")
    for name in TEXTS:
        if not isinstance(said.get(name), str | None):
            raise bad(f"'{name}' is no text")
    if not NAME.fullmatch(alias) or not NAME.fullmatch(said["displayName"]):
        raise bad(
            "Name and alias of a watchlist have 3 to 64 characters: letters, digits, and between them ' ', '-', '_'"
        )
    labels, skip, lasts = said.get("labels") or [], said.get("numberOfLinesToSkip") or 0, said.get("defaultDuration")
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise bad("'labels' is no list of texts")
    if type(skip) is not int or skip < 0 or said.get("sourceType") not in (*SOURCES, None):
        raise bad("'numberOfLinesToSkip' or 'sourceType' is not known")
    if lasts is not None and duration(lasts) is None:
        raise bad("'defaultDuration' is no duration")
    return said


def _free(workspace: Workspace, alias: str, old: Watchlist | None, *, uploads: bool) -> None:
    """Raise Failed (409) for an alias that is being deleted (seen), or an upload while another goes on (lab)."""
    if old is None or not workspace.watchlists.work(alias).busy:
        return
    if workspace.watchlists.work(alias).deletes:
        raise _conflict("Delete is currently in progress.")  # (seen)
    if uploads:
        raise _conflict(f"Another upload to the watchlist '{alias}' is in progress.")


def _same_key(said: Mapping[str, Any], old: Watchlist | None) -> None:
    """Raise Failed (400) for another search key than the list has: the portal does not let it be changed (docs)."""
    if old and old.properties["itemsSearchKey"] != said["itemsSearchKey"]:
        raise bad(f"The search key of the watchlist '{old.alias}' cannot be changed")


def _not_too_many(workspace: Workspace, more: int) -> None:
    """Raise Failed (400) for more items or changes than a workspace may have ([M13]; status and words are the lab's)."""
    lists, said = workspace.watchlists, workspace.settings
    if sum(len(lists.items(alias)) for alias in lists.live()) + more > said.list_items:
        raise bad(f"The limit of {said.list_items} active watchlist items in a workspace has been reached")
    if lists.changes + more > said.list_changes:
        raise bad(f"The limit of {said.list_changes} changes of watchlist items a month has been reached")


def _begun(
    workspace: Workspace, found: Sequence[Row], by: str, now: datetime, *, more: float = 0.0, fails: bool = False
) -> Work:
    """Return the work of an upload; that of none is done at once (lab)."""
    said = workspace.settings
    if not found:
        return Work(by, now)
    needed = None if said.list_looks is None else said.list_looks + round(more)
    seconds = said.list_seconds + more
    return Work(by, now, found, seconds, needed, said.item_seconds, said.item_looks, fails=fails)


def _kept(
    workspace: Workspace, alias: str, said: Mapping[str, Any], old: Watchlist | None, by: str, now: datetime
) -> dict[str, Any]:
    """Return properties in the service's form; what it does not know has gone, without a word (mem)."""
    before: Mapping[str, Any] = old.properties if old else {}
    return {
        "watchlistId": before.get("watchlistId", str(uuid.uuid4())),
        **{name: said[name] for name in REQUIRED},
        **{name: said.get(name) for name in TEXTS},
        "created": before.get("created", stamp(now)),
        "updated": stamp(now),
        "createdBy": before.get("createdBy", user(by)),
        "updatedBy": user(by),
        "watchlistType": "watchlist",
        "watchlistAlias": old.alias if old else alias,
        "isDeleted": False,
        "labels": list(said.get("labels") or []),
        "tenantId": workspace.settings.tenant,
        "numberOfLinesToSkip": said.get("numberOfLinesToSkip") or 0,
    }


def user(who: str) -> dict[str, Any]:
    """Write who did something; an application has neither a name nor a mailbox (mem)."""
    return {"objectId": who, "email": None, "name": None}


def _conflict(words: str) -> Failed:
    return arm_failed(409, "Conflict", words)
