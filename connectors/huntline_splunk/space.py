"""One app of a search head as a place for objects of one kind: listed over all apps and users, written where all share them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from huntline.errors import QueryRejected, Stale, Terminal, Transient, Unauthenticated
from huntline.model.deployed import Deployed
from huntline.model.jsonable import dumps
from huntline.model.pack import Json
from huntline_splunk.client import Client, address
from huntline_splunk.faults import Missing, Taken
from huntline_splunk.jobs import moment

NOBODY = "nobody"
SHARED = frozenset({"app", "global"})
STAMPED = frozenset({"next_scheduled_time", "qualifiedSearch", "triggered_alert_count", "embed.enabled"})
"""Fields of objects that the server alone writes, beside those that begin with `eai:`; some change with every run."""


SECRET = re.compile(r"(?i)passw|secret|token|key|credential|webhook")
"""Names of fields whose values are kept in no ledger, plan or report."""


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


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as it was given. `path`: its own, with user and app; `updated`: when it was last written, None: never."""

    name: str
    path: str
    updated: datetime | None
    acl: Mapping[str, Any]
    content: Mapping[str, Any]

    @property
    def app(self) -> str:
        return str(self.acl.get("app", ""))

    @property
    def shared(self) -> bool:
        """Whether it is the app's, and no user's own."""
        return self.acl.get("sharing") in SHARED

    @property
    def whole(self) -> dict[str, Json]:
        """All of it, but for what may be a secret of an action: we never write that, so that it need not be brought back."""
        stamp = self.updated.isoformat() if self.updated else ""
        told = {name: value for name, value in self.content.items() if not SECRET.search(name)}
        return {**told, "acl": dict(self.acl), "updated": stamp}

    @property
    def revision(self) -> str:
        """Tell two states apart; Splunk counts none. What a run alone changes is left out."""
        told = {name: value for name, value in self.content.items() if written_by_people(name)}
        place = [self.acl.get(name) for name in ("app", "owner", "sharing")]  # the rest is what who asks may do
        digest = hashlib.sha256(dumps([told, place]).encode()).hexdigest()[:16]
        return f"{self.updated.isoformat() if self.updated else ''} {digest}".strip()


def written_by_people(name: str) -> bool:
    """Tell whether a field is one that a request may write."""
    return not name.startswith("eai:") and name not in STAMPED


def listed(place: Place) -> list[Entry]:
    """List what can be seen in all apps and of all users, private copies too. Raises Transient for a part of it."""
    told = place.client.ask("GET", f"/servicesNS/-/-/{place.endpoint}", count="0").body
    found = [_entry(one) for one in told.get("entry") or ()]
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
    return [_entry(one) for one in told.get("entry") or ()]


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


def expect_same(now: Deployed | None, over: Deployed) -> Deployed:
    """Return what is there now. Raises Stale where it is not what was seen.

    Splunk takes no revision along: what comes between this look and the write is overwritten.
    """
    if now is None:
        raise Stale(f"{over.name}: is not there any more")
    if now.revision != over.revision:
        raise Stale(f"{over.name}: was changed since it was looked at")
    return now


def text(value: Json) -> str:
    """Write a value as a request has it."""
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def differing(now: Mapping[str, Json], wanted: Mapping[str, Json]) -> dict[str, str]:
    """Return what must be sent so that an object that is `now` so is as `wanted`; what it had not, it has empty."""
    names = {name for name in (*now, *wanted) if written_by_people(name) and name not in ("acl", "updated")}
    return {name: text(wanted.get(name)) for name in sorted(names) if now.get(name) != wanted.get(name)}


def _only(told: Mapping[str, Any]) -> Entry:
    entries = told.get("entry") or ()
    if not entries:
        raise Transient("an answer without the object")
    return _entry(entries[0])


def _entry(told: Mapping[str, Any]) -> Entry:
    content = dict(cast(Mapping[str, Any], told.get("content") or {}))
    acl = told.get("acl") or content.get("eai:acl") or {}
    content.pop("eai:acl", None)
    path = str(told.get("id", ""))
    return Entry(str(told["name"]), _path(path), _written(told.get("updated")), dict(acl), content)


def _path(address: str) -> str:
    """Take host and port off."""
    return address[address.find("/services") :]


def _written(text: Any) -> datetime | None:
    """Read a time; that of what was never written here is the beginning of time (mem)."""
    when = moment(text)
    return when if when and when > datetime(1971, 1, 1, tzinfo=UTC) else None
