"""An object of Splunk's as it was given: what it holds, where it lies, and what must be sent to make it another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from huntline.model.jsonable import dumps
from huntline.model.pack import Json
from huntline_splunk.jobs import moment

SHARED = frozenset({"app", "global"})
STAMPED = frozenset({"next_scheduled_time", "qualifiedSearch", "triggered_alert_count", "embed.enabled"})
"""Fields of objects that the server alone writes, beside those that begin with `eai:`; some change with every run."""


SECRET = re.compile(r"(?i)passw|secret|token|key|credential|webhook")
"""Names of fields whose values are kept in no ledger, plan or report."""


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


def entry_of(told: Mapping[str, Any]) -> Entry:
    content = dict(cast(Mapping[str, Any], told.get("content") or {}))
    acl = told.get("acl") or content.get("eai:acl") or {}
    content.pop("eai:acl", None)
    path = str(told.get("id", ""))
    return Entry(str(told["name"]), _path(path), _written(told.get("updated")), dict(acl), content)


def written_by_people(name: str) -> bool:
    """Tell whether a field is one that a request may write."""
    return not name.startswith("eai:") and name not in STAMPED


def text(value: Json) -> str:
    """Write a value as a request has it."""
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def differing(now: Mapping[str, Json], wanted: Mapping[str, Json]) -> dict[str, str]:
    """Return what must be sent so that an object that is `now` so is as `wanted`; what it had not, it has empty."""
    names = {name for name in (*now, *wanted) if written_by_people(name) and name not in ("acl", "updated")}
    return {name: text(wanted.get(name)) for name in sorted(names) if now.get(name) != wanted.get(name)}


def _path(address: str) -> str:
    """Take host and port off."""
    return address[address.find("/services") :]


def _written(text: Any) -> datetime | None:
    """Read a time; that of what was never written here is the beginning of time (mem)."""
    when = moment(text)
    return when if when and when > datetime(1971, 1, 1, tzinfo=UTC) else None
