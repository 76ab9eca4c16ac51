"""What apps and users keep on a search head: objects in namespaces, each with what was shipped and what was changed here.

An app's `default` layer comes with its package and REST never writes it; what REST writes goes to `local`, which wins
setting by setting, also over a newer package (1.2 [S4]).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from lab.splunk.settings import App

NOBODY: Final = "nobody"
ANY: Final = "-"
Sharing: TypeAlias = Literal["user", "app", "global"]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to see or to change: `everything` is admin_all_objects."""

    name: str
    roles: tuple[str, ...]
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Namespace:
    """A user and an app; `nobody` is what the app shares, `-` any (docs: Namespace)."""

    owner: str
    app: str

    @property
    def any(self) -> bool:
        return ANY in {self.owner, self.app}


@dataclass(frozen=True, slots=True)
class Key:
    """Where an object lies: `owner` is a user for a private one, else nobody."""

    conf: str
    owner: str
    app: str
    name: str


@dataclass(frozen=True, slots=True)
class Acl:
    """Who owns it, who may (roles, `*` is all)."""

    owner: str
    sharing: Sharing
    read: tuple[str, ...] = ("*",)
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One object: `shipped` came with its app (None: not), `changed` was written here, the last time at `updated`."""

    key: Key
    acl: Acl
    shipped: Mapping[str, str] | None
    changed: Mapping[str, str]
    updated: datetime | None

    @property
    def values(self) -> Mapping[str, str]:
        return {**(self.shipped or {}), **self.changed}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a saved search: when it was due (epoch seconds), how it ended, and whether it fired.

    `status` is success, skipped or failed as in scheduler.log, `reason` why not; `found` counts its rows, `keys` are the
    values it fired for where it is throttled by fields.
    """

    key: Key
    sid: str
    due: float
    user: str
    status: Literal["success", "skipped", "failed", "dispatched"]
    reason: str = ""
    found: int = 0
    fired: bool = False
    suppressed: int = 0
    severity: int = 3
    tracked: bool = True
    actions: str = ""
    keys: tuple[tuple[str, ...], ...] = ()


@dataclass(slots=True)
class Knowledge:
    """All objects of a search head; whoever reads and then writes holds `lock`.

    `tables` are the rows of lookup files, `documents` those of KV store collections by user and key, `runs` what saved
    searches did, the oldest first, and `silenced` until when (epoch seconds) somebody keeps a search from firing.
    """

    apps: dict[str, App]
    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: dict[Key, Kept] = field(default_factory=dict)
    tables: dict[Key, list[dict[str, str]]] = field(default_factory=dict)
    documents: dict[tuple[Key, str], dict[str, dict[str, Any]]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    silenced: dict[Key, float] = field(default_factory=dict)

    def seen(self, conf: str, where: Namespace, who: Asker) -> list[Kept]:
        """Return what a namespace shows, by name: of one name the private object, then the app's, then a shared one.

        Under a wildcard nothing hides anything: all objects that may be read are there, several of one name too (mem).
        """
        with self.lock:
            there = [one for one in self.kept.values() if one.key.conf == conf and self._inside(one, where)]
        found = sorted((one for one in there if self.readable(one, who)), key=lambda one: _order(one, where))
        best: dict[str, Kept] = {}
        for one in found:
            best.setdefault(one.key.name, one)
        return found if where.any else list(best.values())

    def readable(self, one: Kept, who: Asker) -> bool:
        """Tell whether somebody may see an object: a private one is its user's alone, but for admin_all_objects (docs)."""
        if who.everything or who.name in {one.key.owner, one.acl.owner}:
            return True
        return one.key.owner == NOBODY and _may(one.acl.read, who) and _may(self.apps[one.key.app].read, who)

    def writable(self, one: Kept, who: Asker) -> bool:
        """Tell whether somebody may change an object; its owner may (mem)."""
        if who.everything or who.name in {one.key.owner, one.acl.owner}:
            return True
        return one.key.owner == NOBODY and _may(one.acl.write, who)

    def put(self, one: Kept) -> Kept:
        """Keep an object in its place."""
        with self.lock:
            self.kept[one.key] = one
        return one

    def drop(self, key: Key) -> None:
        """Forget an object."""
        with self.lock:
            del self.kept[key]

    def install(self, app: App, objects: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        """Install or upgrade a package: settings by configuration file and stanza. What was changed here stays [S4]."""
        with self.lock:
            self.apps[app.name] = app
            self._uninstall(app.name)
            for conf, stanzas in objects.items():
                for name, values in stanzas.items():
                    self._ship(app, Key(conf, NOBODY, app.name, name), values)

    def _ship(self, app: App, key: Key, values: Mapping[str, str]) -> None:
        acl = Acl(NOBODY, "global" if app.exported else "app", app.read, app.write)
        old = self.kept.get(key, Kept(key, acl, None, {}, None))
        self.kept[key] = replace(old, shipped=dict(values))

    def _uninstall(self, app: str) -> None:
        for one in [one for one in self.kept.values() if one.key.app == app and one.shipped is not None]:
            if one.changed:
                self.kept[one.key] = replace(one, shipped=None)
            else:
                del self.kept[one.key]

    def _inside(self, one: Kept, where: Namespace) -> bool:
        """Tell whether a namespace reaches an object: what is shared globally shows in every app."""
        shared = one.key.owner == NOBODY
        mine = shared or where.owner in {ANY, one.key.owner}
        return mine and (where.app in {ANY, one.key.app} or (shared and one.acl.sharing == "global"))


def make_knowledge(apps: Iterable[App]) -> Knowledge:
    """Return a search head's knowledge with apps and no objects."""
    return Knowledge({one.name: one for one in apps})


def _may(roles: tuple[str, ...], who: Asker) -> bool:
    return "*" in roles or bool(set(roles) & set(who.roles))


def _order(one: Kept, where: Namespace) -> tuple[str, bool, bool, str, str]:
    """Order by name, the one that counts first."""
    return one.key.name, one.key.owner == NOBODY, one.key.app != where.app, one.key.app, one.key.owner
