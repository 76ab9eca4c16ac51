"""One app of a search head as a place for objects of one kind: listed over all apps and users, written where all share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huntline.errors import QueryRejected, Stale, Terminal, Transient, Unauthenticated
from huntline_splunk.client import Client, address
from huntline_splunk.entry import Entry, entry_of
from huntline_splunk.faults import Missing, Taken

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Place:
    """`endpoint`: the path of the kind below a namespace."""

    client: Client = field(repr=False)
    app: str
    endpoint: str

    def shared(self, *names: str) -> str:
        """Return the path of what the app shares."""
        return address(NOBODY, self.app, self.endpoint, *names)

    def own(self, *names: str) -> str:
        """Return the path of what is private to whoever asks."""
        return address(self.client.user(), self.app, self.endpoint, *names)


def listed(place: Place) -> list[Entry]:
    """List what can be seen in all apps and of all users, private copies too. Raises Transient for a part of it."""
    told = place.client.ask("GET", f"/servicesNS/-/-/{place.endpoint}", count="0").body
    found = [entry_of(one) for one in told.get("entry") or ()]
    total = int((told.get("paging") or {}).get("total", len(found)))
    if len(found) < total:
        raise Transient(f"{len(found)} of {total} objects were listed")
    return found


def listed_of(place: Place, name: str, below: str) -> list[Entry]:
    """List what lies below an object that the app shares; none where that is not there."""
    try:
        told = place.client.ask("GET", f"{place.shared(name)}/{below}", count="0").body
    except Missing:
        return []
    return [entry_of(one) for one in told.get("entry") or ()]


def found(place: Place, name: str) -> Entry | None:
    """Read what the app shares under a name; None where that is nothing, or something of another app that shows there."""
    try:
        entry = _only(place.client.ask("GET", place.shared(name)).body)
    except Missing:
        return None
    return entry if entry.app == place.app and entry.shared else None


def at(place: Place, path: str) -> Entry | None:
    """Read an object by its own path, as a listing gave it."""
    try:
        return _only(place.client.ask("GET", path).body)
    except Missing:
        return None


def created(place: Place, name: str, form: Mapping[str, str]) -> Entry:
    """Make a private object, then let the app share it as nobody's, so that a kill leaves all of it there or nothing.

    A search runs as its owner: nobody's go on when a user is deleted. Raises Stale where the app has something of that name.
    """
    try:
        place.client.ask("POST", place.own(), **{**form, "name": name})
    except Taken as error:
        _expect_own(place, name, error)  # of a run that was killed, or whose answer was lost
        place.client.ask("POST", place.own(name), **form)
    try:
        place.client.ask("POST", f"{place.own(name)}/acl", owner=NOBODY, sharing="app")
    except Unauthenticated:
        raise
    except Terminal as error:
        _withdraw(place, name)
        if found(place, name):
            raise Stale(f"{name}: {error.problem}") from None
        raise
    entry = found(place, name)
    if entry is None:  # another member of a search head cluster shows it some seconds later
        raise Transient(f"{name}: was made, and is not there yet")
    return entry


def _expect_own(place: Place, name: str, error: QueryRejected) -> None:
    """Raise Stale where what a user's path leads to is not that user's own: it shows what the app shares, too."""
    entry = at(place, place.own(name))
    if entry is None or entry.shared:
        raise Stale(f"{name}: {error.problem}")


def _withdraw(place: Place, name: str) -> None:
    """Delete what is private to whoever asks."""
    entry = at(place, place.own(name))
    if entry and not entry.shared:
        place.client.ask("DELETE", place.own(name))


def changed(place: Place, name: str, form: Mapping[str, str]) -> Entry:
    """Change the fields that are sent. Raises Stale where it is not there any more."""
    try:
        return _only(place.client.ask("POST", place.shared(name), **form).body)
    except Missing as error:
        raise Stale(f"{name}: {error.problem}") from None


def deleted(place: Place, name: str) -> None:
    """Delete an object; absent is success."""
    try:
        place.client.ask("DELETE", place.shared(name))
    except Missing:
        return


def _only(told: Mapping[str, Any]) -> Entry:
    entries = told.get("entry") or ()
    if not entries:
        raise Transient("an answer without the object")
    return entry_of(entries[0])
