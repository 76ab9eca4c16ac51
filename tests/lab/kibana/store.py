"""What Kibana keeps: rules with their history, exception lists, value lists and alerts, space by space."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lab.kibana.errors import Refused, siem

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule as the API shows it, and what it does not show: the id of the key it runs under, "" for none yet [E4]."""

    rule: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as one write left it (None: deleted), by the server's clock and the number of the last request."""

    at: datetime
    number: int
    kept: Kept | None


@dataclass(slots=True)
class Space:
    """One space.

    `live` has the rules there are by `id`, the last written last, `ids` their `id` by rule_id, and `versions` each rule's
    life, the oldest first. `lists` and `items` are by their `id`, `alerts` by the rule's id and the event's, `previews`
    are numbers of alerts by preview, `backfills` the rule's id, start and end of manual runs asked for.
    """

    name: str
    live: dict[str, Kept] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    value_lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alerts: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    previews: dict[str, int] = field(default_factory=dict)
    backfills: list[tuple[str, str, str]] = field(default_factory=list)

    def rules(self) -> list[Kept]:
        """Return the rules there are now, the last written last: the order of a search that names none (mem)."""
        return list(self.live.values())

    def seen(self, *, until: datetime, number: int) -> list[Kept]:
        """Return the rules as of a moment and a request: what was written later does not show yet."""
        old = [[one for one in life if one.at <= until and one.number <= number] for life in self.versions.values()]
        latest = sorted((life[-1] for life in old if life), key=lambda one: one.at)
        return [one.kept for one in latest if one.kept]

    def find(self, *, id: str = "", rule_id: str = "") -> Kept | None:  # noqa: A002 (Kibana's word)
        """Return the rule of an id, or of a rule_id."""
        return self.live.get(id or self.ids.get(rule_id, ""))

    def the(self, *, id: str = "", rule_id: str = "") -> Kept:  # noqa: A002 (Kibana's word)
        """Return a rule, or raise Refused (404)."""
        found = self.find(id=id, rule_id=rule_id)
        if found is None:
            raise absent(id=id, rule_id=rule_id)
        return found


@dataclass(slots=True)
class KibanaStore:
    """All spaces, and what is shared by them all; whoever reads or writes holds `lock`. `number` is the last request's."""

    spaces: dict[str, Space]
    shared: Space = field(default_factory=lambda: Space("*"))
    lock: threading.RLock = field(default_factory=threading.RLock)
    number: int = 0

    def write(self, space: str, kept: Kept, now: datetime) -> Kept:
        """Keep a rule as it is now."""
        with self.lock:
            place, own = self.spaces[space], str(kept.rule["id"])
            place.live.pop(own, None)
            place.live[own] = kept
            place.ids[str(kept.rule["rule_id"])] = own
            place.versions.setdefault(own, []).append(Version(now, self.number, kept))
        return kept

    def note(self, space: str, kept: Kept) -> None:
        """Keep what an execution tells of a rule: no write of the rule, so it shows everywhere at once."""
        with self.lock:
            place, own = self.spaces[space], str(kept.rule["id"])
            place.live[own] = kept
            place.versions[own][-1] = replace(place.versions[own][-1], kept=kept)

    def remove(self, space: str, kept: Kept, now: datetime) -> None:
        """Delete a rule; its history stays for those who look late."""
        with self.lock:
            place, own = self.spaces[space], str(kept.rule["id"])
            del place.live[own], place.ids[str(kept.rule["rule_id"])]
            place.versions[own].append(Version(now, self.number, None))


def make_store(spaces: tuple[str, ...] = (DEFAULT,)) -> KibanaStore:
    """Return a store of empty spaces."""
    return KibanaStore({name: Space(name) for name in spaces})


def absent(*, id: str = "", rule_id: str = "") -> Refused:  # noqa: A002 (Kibana's word)
    """Say that there is no such rule (source)."""
    return siem(404, f'id: "{id}" not found' if id else f'rule_id: "{rule_id}" not found')
