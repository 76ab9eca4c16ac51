"""The watchlists of a workspace: what they are, what is done to them now, and what became of each item and when."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from lab.sentinel.rules.kept import stamp
from lab.sentinel.settings import SentinelSettings
from lab.sentinel.watchlists.work import Work

TYPE: Final = "Microsoft.SecurityInsights/Watchlists"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its values by column, who made it and who changed it last, both times as the service writes them."""

    id: str
    etag: str
    values: Mapping[str, str]
    created: str
    created_by: str
    updated: str
    updated_by: str


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A watchlist as one write left it; `properties` are in the service's own form."""

    alias: str
    etag: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an item: made, changed or (`there` is false) deleted, at a time of a clock that only goes forward."""

    at: float
    alias: str
    key: str  # the column that is the search key
    item: Item
    there: bool


@dataclass(slots=True)
class Watchlists:
    """All watchlists by alias, whose case does not count; whoever looks before they write holds `lock`."""

    settings: SentinelSettings
    lock: threading.RLock = field(default_factory=threading.RLock)
    changes: int = 0  # of items, ever
    _lists: dict[str, Watchlist] = field(default_factory=dict)
    _items: dict[str, dict[str, Item]] = field(default_factory=dict)
    _works: dict[str, Work] = field(default_factory=dict)
    _told: list[Change] = field(default_factory=list)
    _writes: int = 0

    def live(self) -> Mapping[str, Watchlist]:
        """Return the watchlists there are, the first made first, by their aliases in lower case."""
        with self.lock:
            self._settle()
            return MappingProxyType(dict(self._lists))

    def the(self, alias: str) -> Watchlist:
        """Return a watchlist there is, or raise KeyError."""
        return self.live()[alias.lower()]

    def work(self, alias: str) -> Work:
        """Return what was last done to a watchlist there is."""
        return self._works[alias.lower()]

    def works(self) -> Sequence[Work]:
        """Return what was last done to each alias, those of lists that have gone included."""
        with self.lock:
            self._settle()
            return tuple(self._works.values())

    def look(self, alias: str) -> None:
        """Count a look at a watchlist, by which its work goes on where the lab is set so."""
        with self.lock:
            if alias.lower() in self._works:
                self._works[alias.lower()].looks += 1

    def items(self, alias: str) -> Mapping[str, Item]:
        """Return the items that a watchlist has by now, by their ids, the first made first."""
        with self.lock:
            self._settle()
            return MappingProxyType(dict(self._items.get(alias.lower(), {})))

    def told(self) -> Sequence[Change]:
        """Return every change of every item, in order."""
        with self.lock:
            self._settle()
            return tuple(self._told)

    def write(self, alias: str, properties: Mapping[str, Any], work: Work) -> Watchlist:
        """Keep a watchlist's properties under a new etag, and begin what is to be done to its items."""
        with self.lock:
            self._finish(alias.lower(), work)
            old = self._lists.get(alias.lower())
            kept = Watchlist(old.alias if old else alias, self._etag(), MappingProxyType(dict(properties)))
            self._lists[alias.lower()] = kept
            self._items.setdefault(alias.lower(), {})
            self._works[alias.lower()] = work
            self._settle()
        return kept

    def delete(self, alias: str, work: Work) -> None:
        """Begin to delete a watchlist."""
        with self.lock:
            self._works[alias.lower()] = work
            self._settle()

    def put(self, alias: str, item_id: str, values: Mapping[str, str], by: str, now: datetime) -> tuple[Item, bool]:
        """Keep one item, whatever had its id; return it, and whether it is new."""
        with self.lock:
            old = self._items[alias.lower()].get(item_id.lower())
            kept = replace(self._made(values, by, now), id=old.id if old else item_id)
            if old:
                kept = replace(kept, created=old.created, created_by=old.created_by)
            self._keep(alias, kept, time.monotonic())
        return kept, old is None

    def remove(self, alias: str, item_id: str) -> bool:
        """Delete one item; tell whether it was there."""
        with self.lock:
            gone = self._items[alias.lower()].pop(item_id.lower(), None)
            if gone is not None:
                self._note(alias, gone, time.monotonic(), there=False)
        return gone is not None

    def _settle(self) -> None:
        """Do what is due of everything that goes on."""
        for alias in [*self._lists]:
            work = self._works[alias]
            for at, rows in work.due():
                self._append(alias, rows, work, at)
            ended = work.ended()
            if work.deletes and ended is not None:
                self._forget(alias, ended)

    def _finish(self, alias: str, next_one: Work) -> None:
        """Add what is still to come of an upload before another takes its place."""
        old = self._works.get(alias)
        if alias in self._lists and old is not None and old is not next_one:
            self._append(alias, old.rest(), old, time.monotonic())

    def _append(self, alias: str, rows: Sequence[Mapping[str, str]], work: Work, at: float) -> None:
        """Add uploaded rows, but those of which an item has all values already (docs)."""
        key = self._lists[alias].properties["itemsSearchKey"]
        whole = {frozenset(one.values.items()) for one in self._items[alias].values()}
        by_key = {one.values.get(key): one for one in self._items[alias].values()}
        for values in rows:
            if frozenset(values.items()) in whole:
                continue
            made, same = self._made(values, work.by, work.now), by_key.get(values[key])
            if same is not None and self.settings.same_key == "replaced":
                made = replace(made, id=same.id, created=same.created, created_by=same.created_by)
            self._keep(alias, made, at)
            whole.add(frozenset(values.items()))
            by_key[values[key]] = made

    def _keep(self, alias: str, item: Item, at: float) -> None:
        self._items[alias.lower()][item.id.lower()] = item
        self._note(alias, item, at, there=True)

    def _forget(self, alias: str, at: float) -> None:
        del self._lists[alias]
        for item in self._items.pop(alias).values():
            self._told.append(Change(at, alias, "", item, there=False))

    def _note(self, alias: str, item: Item, at: float, *, there: bool) -> None:
        own = self._lists[alias.lower()]
        self.changes += 1
        self._told.append(Change(at, own.alias, own.properties["itemsSearchKey"], item, there))

    def _made(self, values: Mapping[str, str], by: str, now: datetime) -> Item:
        at = stamp(now)
        return Item(str(uuid.uuid4()), self._etag(), MappingProxyType(dict(values)), at, by, at, by)

    def _etag(self) -> str:
        self._writes += 1
        return f'"{self._writes:08x}-0000-0d00-0000-{self._writes:08x}0000"'
